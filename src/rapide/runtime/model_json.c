/* Write models as JSON, with the bytes of Pydantic's serializer.
 *
 * A description of a type is compiled to nodes, each of which writes the values of one part of the
 * type. A node accepts only values of the exact class that it expects. For any other value `encode`
 * returns None, and the caller uses Pydantic, which decides what happens.
 *
 * 1. No Python code runs while a value is written, except finalizers of garbage. So a value is held
 *    while functions of Pydantic are called, and the place of an item is computed again.
 * 2. A model is what its __dict__ contains. If the names or their order are not those of the class,
 *    the model is left to Pydantic.
 */

#include "json_writer.h"
#include "model_nodes.h"

typedef struct {
    PyObject *value;
    PyObject *tzinfo;
    PyObject *fields_set;
    PyObject *getattribute;
} Names;

static Names names;

/* Models that are nested more deeply are left to Pydantic, which finds circles. */
#define DEEPEST 100

static Outcome write_node(Encoder *encoder, Writer *writer, Py_ssize_t item, PyObject *value);

/* Values */

/* Write what a function of Pydantic's returns. It runs no Python code. */
static Outcome write_called(Writer *writer, PyObject *function, PyObject *value) {
    PyObject *bytes = PyObject_CallOneArg(function, value);
    if (bytes == NULL) {
        PyErr_Clear();
        return UNUSUAL;
    }
    Outcome outcome = UNUSUAL;
    if (PyBytes_CheckExact(bytes)) {
        outcome = write_bytes(writer, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    Py_DECREF(bytes);
    return outcome;
}

static Outcome write_number(const Node *node, Writer *writer, PyObject *value) {
    if (!PyFloat_CheckExact(value) || !isfinite(PyFloat_AS_DOUBLE(value))) {
        return UNUSUAL;
    }
    Outcome outcome = write_float(writer, value);
    return outcome == UNUSUAL ? write_called(writer, node->function, value) : outcome;
}

/* Write a date with a time or a time. A class of time zones may be the user's. */
static Outcome write_moment(const Node *node, Writer *writer, PyObject *value) {
    if (Py_TYPE(value) != node->type) {
        return UNUSUAL;
    }
    PyObject *zone = PyObject_GetAttr(value, names.tzinfo);
    if (zone == NULL) {
        return FAILED;
    }
    int is_known = zone == Py_None;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(node->known) && !is_known; i++) {
        is_known = (PyObject *)Py_TYPE(zone) == PyTuple_GET_ITEM(node->known, i);
    }
    Py_DECREF(zone);
    return is_known ? write_called(writer, node->function, value) : UNUSUAL;
}

static Outcome write_literal(const Node *node, Writer *writer, PyObject *value) {
    if (!PyUnicode_CheckExact(value) && !PyLong_CheckExact(value)) {
        return UNUSUAL;
    }
    int is_known = PySet_Contains(node->known, value);
    if (is_known < 0) {
        return FAILED;
    }
    return is_known ? write_value(writer, value) : UNUSUAL;
}

/* Containers */

static Outcome write_list(Encoder *encoder, Writer *writer, const Node *node, PyObject *list) {
    Outcome outcome = write_bytes(writer, "[", 1);
    for (Py_ssize_t i = 0; outcome == DONE && i < PySequence_Fast_GET_SIZE(list); i++) {
        if (i > 0 && write_bytes(writer, ",", 1) != DONE) {
            return FAILED;
        }
        PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(list, i));
        outcome = write_node(encoder, writer, node->item, value);
        Py_DECREF(value);
    }
    return outcome == DONE ? write_bytes(writer, "]", 1) : outcome;
}

static Outcome
write_entry(Encoder *encoder, Writer *writer, const Node *node, PyObject *key, PyObject *value) {
    if (!PyUnicode_CheckExact(key)) {
        return UNUSUAL;
    }
    Outcome outcome = write_string(writer, key);
    if (outcome == DONE) {
        outcome = write_bytes(writer, ":", 1);
    }
    return outcome == DONE ? write_node(encoder, writer, node->item, value) : outcome;
}

static Outcome write_entries(Encoder *encoder, Writer *writer, const Node *node, PyObject *dict) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    Outcome outcome = write_bytes(writer, "{", 1);
    for (int i = 0; outcome == DONE && PyDict_Next(dict, &position, &key, &value); i = 1) {
        if (i > 0 && write_bytes(writer, ",", 1) != DONE) {
            return FAILED;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        outcome = write_entry(encoder, writer, node, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return outcome == DONE ? write_bytes(writer, "}", 1) : outcome;
}

static inline int is_name(PyObject *key, PyObject *name) {
    return key == name || (PyUnicode_CheckExact(key) && PyUnicode_Compare(key, name) == 0);
}

/* Return whether a field is left out: 1 or 0, or -1 with an exception. */
static int
is_left_out(Encoder *encoder, const Field *field, PyObject *value, PyObject *fields_set) {
    if (field->key == NULL || (encoder->exclude_none && value == Py_None)) {
        return 1;
    }
    if (fields_set == NULL) {
        return 0;
    }
    int is_set = PySet_Contains(fields_set, field->name);
    return is_set < 0 ? -1 : !is_set;
}

static Outcome
write_field(Encoder *encoder, Writer *writer, const Field *field, PyObject *value, int is_first) {
    Outcome outcome = write_bytes(
        writer, PyBytes_AS_STRING(field->key) + is_first, PyBytes_GET_SIZE(field->key) - is_first);
    return outcome == DONE ? write_node(encoder, writer, field->item, value) : outcome;
}

static Outcome write_fields(
    Encoder *encoder, Writer *writer, const Node *node, PyObject *dict, PyObject *fields_set) {
    PyObject *key, *value;
    Py_ssize_t position = 0, count = 0;
    int is_first = 1;
    Outcome outcome = write_bytes(writer, "{", 1);
    while (outcome == DONE && PyDict_Next(dict, &position, &key, &value)) {
        if (count >= node->size || !is_name(key, node->fields[count].name)) {
            return UNUSUAL;
        }
        const Field *field = &node->fields[count++];
        int left_out = is_left_out(encoder, field, value, fields_set);
        if (left_out < 0) {
            return FAILED;
        }
        if (!left_out) {
            Py_INCREF(value);
            outcome = write_field(encoder, writer, field, value, is_first);
            Py_DECREF(value);
            is_first = 0;
        }
    }
    if (outcome == DONE && count != node->size) {
        return UNUSUAL;
    }
    return outcome == DONE ? write_bytes(writer, "}", 1) : outcome;
}

static Outcome write_model(Encoder *encoder, Writer *writer, const Node *node, PyObject *model) {
    PyObject *fields_set = NULL;
    PyObject *dict = PyObject_GenericGetDict(model, NULL);
    if (dict == NULL) {
        return FAILED;
    }
    if (encoder->exclude_unset) {
        fields_set = PyObject_GetAttr(model, names.fields_set);
        PyErr_Clear(); /* a model that was made in an unusual way may have none */
    }
    Outcome outcome = UNUSUAL;
    if (encoder->exclude_unset && (fields_set == NULL || !PySet_CheckExact(fields_set))) {
        outcome = UNUSUAL;
    } else if (PyDict_CheckExact(dict)) {
        outcome = write_fields(encoder, writer, node, dict, fields_set);
    }
    Py_DECREF(dict);
    Py_XDECREF(fields_set);
    return outcome;
}

/* Write the value of a member of an enumeration, which its __dict__ contains. */
static Outcome write_member_value(
    Encoder *encoder, Writer *writer, const Node *node, PyObject *member) {
    PyObject *dict = PyObject_GenericGetDict(member, NULL);
    if (dict == NULL) {
        return FAILED;
    }
    PyObject *value = PyDict_GetItemWithError(dict, names.value);
    Outcome outcome = value == NULL ? UNUSUAL : write_node(encoder, writer, node->item, value);
    Py_DECREF(dict);
    return outcome == UNUSUAL && PyErr_Occurred() ? FAILED : outcome;
}

static Outcome
write_group(Encoder *encoder, Writer *writer, const Node *node, PyObject *value) {
    Outcome outcome = UNUSUAL;
    if (writer->room-- <= 0) {
        outcome = UNUSUAL;
    } else if (node->kind == MODEL) {
        outcome = write_model(encoder, writer, node, value);
    } else if (node->kind == DICT) {
        outcome = write_entries(encoder, writer, node, value);
    } else {
        outcome = write_list(encoder, writer, node, value);
    }
    writer->room++;
    return outcome;
}

/* Return whether a class finds the attributes of its instances as object does. */
static int is_usual(Node *node) {
    PyObject *found = PyObject_GetAttr((PyObject *)node->type, names.getattribute);
    PyErr_Clear();
    int is_usual = found != NULL && Py_IS_TYPE(found, &PyWrapperDescr_Type)
                   && ((PyWrapperDescrObject *)found)->d_wrapped == PyObject_GenericGetAttr;
    Py_XDECREF(found);
    if (!is_usual) {
        return 0;
    }
    node->version = node->type->tp_version_tag; /* 0 if the class has no version now */
    return 1;
}

static inline int is_expected(Node *node, PyObject *value) {
    return Py_TYPE(value) == node->type
           && ((node->version != 0 && node->version == node->type->tp_version_tag)
               || is_usual(node));
}

static Outcome write_node(Encoder *encoder, Writer *writer, Py_ssize_t item, PyObject *value) {
    Node *node = &encoder->nodes[item];
    switch (node->kind) {
    case STRING:
        return PyUnicode_CheckExact(value) ? write_string(writer, value) : UNUSUAL;
    case INTEGER:
        return PyLong_CheckExact(value) ? write_integer(writer, value) : UNUSUAL;
    case FLOAT:
        return write_number(node, writer, value);
    case BOOLEAN:
        return PyBool_Check(value) ? write_value(writer, value) : UNUSUAL;
    case NOTHING:
        return value == Py_None ? write_bytes(writer, "null", 4) : UNUSUAL;
    case PLAIN:
        return write_value(writer, value);
    case CALLED:
        return Py_TYPE(value) == node->type ? write_called(writer, node->function, value) : UNUSUAL;
    case MOMENT:
        return write_moment(node, writer, value);
    case LITERAL:
        return write_literal(node, writer, value);
    case NULLABLE:
        return value == Py_None ? write_bytes(writer, "null", 4)
                                : write_node(encoder, writer, node->item, value);
    case ENUM:
        return is_expected(node, value) ? write_member_value(encoder, writer, node, value)
                                        : UNUSUAL;
    case LIST: case TUPLE: case DICT:
        return Py_TYPE(value) == node->type ? write_group(encoder, writer, node, value) : UNUSUAL;
    default:
        return is_expected(node, value) ? write_group(encoder, writer, node, value) : UNUSUAL;
    }
}

/* The module */

static PyObject *encoder_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *keyword_names[] = {"description", "exclude_none", "exclude_unset", NULL};
    PyObject *description;
    int exclude_none = 0, exclude_unset = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!|$pp:ModelEncoder", keyword_names,
                                     &PyTuple_Type, &description, &exclude_none, &exclude_unset)) {
        return NULL;
    }
    Encoder *encoder = (Encoder *)type->tp_alloc(type, 0);
    if (encoder == NULL) {
        return NULL;
    }
    encoder->description = Py_NewRef(description);
    encoder->exclude_none = exclude_none;
    encoder->exclude_unset = exclude_unset;
    encoder->size = PyTuple_GET_SIZE(description);
    encoder->nodes = PyMem_Calloc(encoder->size ? encoder->size : 1, sizeof(Node));
    if (encoder->nodes == NULL) {
        encoder->size = 0;
        Py_DECREF(encoder);
        return PyErr_NoMemory();
    }
    int outcome = encoder->size ? 0 : refuse("there is no node");
    for (Py_ssize_t i = 0; i < encoder->size && outcome == 0; i++) {
        outcome = read_node(encoder, &encoder->nodes[i], PyTuple_GET_ITEM(description, i));
    }
    if (outcome < 0) {
        Py_CLEAR(encoder);
    }
    return (PyObject *)encoder;
}

static int encoder_traverse(Encoder *encoder, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(encoder));
    Py_VISIT(encoder->description);
    return 0;
}

/* The nodes are used until the encoder is gone, so the description stays. It is immutable. */
static void encoder_dealloc(Encoder *encoder) {
    PyTypeObject *type = Py_TYPE(encoder);
    PyObject_GC_UnTrack(encoder);
    for (Py_ssize_t i = 0; encoder->nodes != NULL && i < encoder->size; i++) {
        PyMem_Free(encoder->nodes[i].fields);
    }
    PyMem_Free(encoder->nodes);
    Py_XDECREF(encoder->description);
    type->tp_free(encoder);
    Py_DECREF(type);
}

static PyObject *encoder_encode(Encoder *encoder, PyObject *value) {
    Writer writer;
    begin(&writer, AS_IN_MODELS);
    writer.room = DEEPEST;
    return end(&writer, write_node(encoder, &writer, 0, value));
}

static PyMethodDef encoder_methods[] = {
    {"encode", (PyCFunction)encoder_encode, METH_O,
     PyDoc_STR("Return the JSON of a value, or None if Pydantic must write it.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot encoder_slots[] = {
    {Py_tp_new, encoder_new},           {Py_tp_dealloc, encoder_dealloc},
    {Py_tp_traverse, encoder_traverse}, {Py_tp_methods, encoder_methods},
    {Py_tp_doc, (void *)PyDoc_STR("Write the values of one type as JSON.")},
    {0, NULL},
};

static PyType_Spec encoder_spec = {
    .name = "rapide.runtime.model_json.ModelEncoder",
    .basicsize = sizeof(Encoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = encoder_slots,
};

static int execute(PyObject *module) {
    names.value = PyUnicode_InternFromString("_value_");
    names.tzinfo = PyUnicode_InternFromString("tzinfo");
    names.fields_set = PyUnicode_InternFromString("__pydantic_fields_set__");
    names.getattribute = PyUnicode_InternFromString("__getattribute__");
    if (names.value == NULL || names.tzinfo == NULL || names.fields_set == NULL
        || names.getattribute == NULL) {
        return -1;
    }
    PyObject *type = PyType_FromModuleAndSpec(module, &encoder_spec, NULL);
    int outcome = type == NULL ? -1 : PyModule_AddObjectRef(module, "ModelEncoder", type);
    Py_XDECREF(type);
    return outcome;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide.runtime.model_json",
    .m_doc = PyDoc_STR("Write models as JSON."),
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_model_json(void) {
    return PyModuleDef_Init(&module);
}
