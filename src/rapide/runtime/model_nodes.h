/* The nodes that a description of a type is compiled to (see rapide/schema/writing.py). */

#ifndef RAPIDE_MODEL_NODES_H
#define RAPIDE_MODEL_NODES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

typedef enum {
    STRING,
    INTEGER,
    FLOAT,
    BOOLEAN,
    NOTHING,
    PLAIN,
    CALLED,
    MOMENT,
    LITERAL,
    NULLABLE,
    LIST,
    TUPLE,
    DICT,
    ENUM,
    MODEL,
} Kind;

static const char *const kind_names[] = {
    [STRING] = "str",       [INTEGER] = "int",   [FLOAT] = "float",     [BOOLEAN] = "bool",
    [NOTHING] = "none",     [PLAIN] = "plain",   [CALLED] = "called",   [MOMENT] = "moment",
    [LITERAL] = "literal",  [NULLABLE] = "nullable", [LIST] = "list",   [TUPLE] = "tuple",
    [DICT] = "dict",        [ENUM] = "enum",     [MODEL] = "model",
};

#define KIND_COUNT (Py_ssize_t)(sizeof(kind_names) / sizeof(*kind_names))

/* All references are borrowed from the description. */
typedef struct {
    PyObject *name;
    PyObject *key; /* the bytes `,"name":`, or NULL if the field is left out */
    Py_ssize_t item;
} Field;

typedef struct {
    Kind kind;
    PyTypeObject *type;
    unsigned int version; /* of the class, when its attributes were found to be usual */
    PyObject *function;
    PyObject *known; /* literals, or the classes of time zones */
    Py_ssize_t item;
    Py_ssize_t size;
    Field *fields;
} Node;

typedef struct {
    PyObject_HEAD
    PyObject *description;
    Node *nodes;
    Py_ssize_t size;
    int exclude_none;
    int exclude_unset;
} Encoder;

/* Reading the description */

static int refuse(const char *what) {
    PyErr_Format(PyExc_ValueError, "not a description of a type: %s", what);
    return -1;
}

static int read_item(const Encoder *encoder, Py_ssize_t item) {
    return item >= 0 && item < encoder->size ? 0 : refuse("an item does not exist");
}

static int read_fields(Encoder *encoder, Node *node, PyObject *fields) {
    node->size = PyTuple_GET_SIZE(fields);
    node->fields = PyMem_Calloc(node->size ? node->size : 1, sizeof(Field));
    if (node->fields == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < node->size; i++) {
        Field *field = &node->fields[i];
        PyObject *given = PyTuple_GET_ITEM(fields, i);
        if (!PyTuple_CheckExact(given)
            || !PyArg_ParseTuple(given, "UOn", &field->name, &field->key, &field->item)) {
            return PyErr_Occurred() ? -1 : refuse("a field is a tuple");
        }
        if (field->key == Py_None) {
            field->key = NULL;
        } else if (!PyBytes_CheckExact(field->key) || PyBytes_GET_SIZE(field->key) < 1) {
            return refuse("a key is bytes");
        }
        if (read_item(encoder, field->item) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Read one node: its kind and what belongs to it. */
static int read_node(Encoder *encoder, Node *node, PyObject *given) {
    const char *name;
    PyObject *type = NULL, *known = NULL;
    if (!PyTuple_CheckExact(given) || PyTuple_GET_SIZE(given) < 1) {
        return refuse("a node is a tuple");
    }
    name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(given, 0));
    if (name == NULL) {
        return -1;
    }
    Py_ssize_t kind = 0;
    while (kind < KIND_COUNT && strcmp(kind_names[kind], name) != 0) {
        kind++;
    }
    node->kind = (Kind)kind;
    node->item = 0;
    const char *rest = NULL;
    switch (node->kind) {
    case STRING: case INTEGER: case BOOLEAN: case NOTHING: case PLAIN:
        return PyArg_ParseTuple(given, "s", &rest) ? 0 : -1;
    case FLOAT:
        return PyArg_ParseTuple(given, "sO", &rest, &node->function) ? 0 : -1;
    case CALLED:
        if (!PyArg_ParseTuple(given, "sO!O", &rest, &PyType_Type, &type, &node->function)) {
            return -1;
        }
        break;
    case MOMENT:
        if (!PyArg_ParseTuple(given, "sO!OO!", &rest, &PyType_Type, &type, &node->function,
                              &PyTuple_Type, &node->known)) {
            return -1;
        }
        break;
    case LITERAL:
        return PyArg_ParseTuple(given, "sO!", &rest, &PyFrozenSet_Type, &node->known) ? 0 : -1;
    case NULLABLE: case LIST: case TUPLE: case DICT:
        if (!PyArg_ParseTuple(given, "sn", &rest, &node->item)) {
            return -1;
        }
        type = (PyObject *)(node->kind == LIST    ? &PyList_Type
                            : node->kind == TUPLE ? &PyTuple_Type
                                                  : &PyDict_Type);
        break;
    case ENUM:
        if (!PyArg_ParseTuple(given, "sO!n", &rest, &PyType_Type, &type, &node->item)) {
            return -1;
        }
        break;
    case MODEL:
        if (!PyArg_ParseTuple(given, "sO!O!", &rest, &PyType_Type, &type, &PyTuple_Type, &known)
            || read_fields(encoder, node, known) < 0) {
            return -1;
        }
        break;
    default:
        return refuse(name);
    }
    node->type = (PyTypeObject *)type;
    return read_item(encoder, node->item);
}

#endif
