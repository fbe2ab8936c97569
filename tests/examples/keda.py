"""The fields of KEDA's ScaledObject (keda.sh/v1alpha1), as its documentation describes them.

No schema of Kubernetes has them, and the package with models of KEDA's objects brings a plugin into
every pytest of its environment.
"""

from __future__ import annotations

from typing import Any, Final

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}

#: The documented fields of the scaler for Redis Streams. Their values are text.
REDIS_STREAMS: Final = (
    *("address", "host", "port", "username", "password", "addressFromEnv", "hostFromEnv"),
    *("portFromEnv", "usernameFromEnv", "passwordFromEnv", "stream", "consumerGroup"),
    *("pendingEntriesCount", "streamLength", "lagCount", "activationLagCount"),
    *("databaseIndex", "enableTLS", "unsafeSsl"),
)


def closed(required: str = "", **fields: Schema) -> Schema:
    """Return the schema of an object that has no other fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": required.split(),
        "additionalProperties": False,
    }


TARGET: Final = closed("name", name=TEXT, kind=TEXT, apiVersion=TEXT, envSourceContainerName=TEXT)
TRIGGER: Final = closed(
    "type metadata",
    type={"const": "redis-streams"},
    name=TEXT,
    metadata=closed("stream", **dict.fromkeys(REDIS_STREAMS, TEXT)),
    metricType={"enum": ["AverageValue", "Value"]},
    useCachedMetrics=FLAG,
    authenticationRef=closed("name", name=TEXT, kind=TEXT),
)
SCALED_OBJECT: Final = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "keda.sh/v1alpha1"},
    kind={"const": "ScaledObject"},
    metadata={"type": "object", "required": ["name"]},
    spec=closed(
        "scaleTargetRef triggers",
        scaleTargetRef=TARGET,
        pollingInterval=COUNT,
        cooldownPeriod=COUNT,
        initialCooldownPeriod=COUNT,
        idleReplicaCount=COUNT,
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        fallback=closed(
            "failureThreshold replicas", failureThreshold=COUNT, replicas=COUNT, behavior=TEXT
        ),
        advanced={"type": "object"},
        triggers={"type": "array", "items": TRIGGER, "minItems": 1},
    ),
)


def check_scaled_object(scaled: object) -> None:
    """Check an object that scales by Redis Streams.

    Raises:
        jsonschema.ValidationError: It has a field that KEDA does not know, or lacks one.
    """
    Draft202012Validator(SCALED_OBJECT).validate(scaled)
