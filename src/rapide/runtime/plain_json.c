/* Write plain values as JSON (json_writer.h says what is plain).
 *
 * The bytes are those of json.dumps(value, ensure_ascii=False, allow_nan=False,
 * separators=(",", ":")).encode(). json makes a Python string of every token and joins them; this
 * module writes into one buffer, which becomes the result. For values that are not plain the
 * functions return None, and the caller uses json.
 */

#include "json_writer.h"

static PyObject *encode_in(Form form, PyObject *value) {
    Writer writer;
    begin(&writer, form);
    return end(&writer, write_value(&writer, value));
}

static PyObject *encode(PyObject *Py_UNUSED(module), PyObject *value) {
    return encode_in(AS_IT_IS, value);
}

static PyObject *encode_result(PyObject *Py_UNUSED(module), PyObject *value) {
    return encode_in(AS_ENCODED, value);
}

static PyMethodDef methods[] = {
    {"encode", encode, METH_O,
     PyDoc_STR("Return the JSON of a plain value, or None for any other value.")},
    {"encode_result", encode_result, METH_O,
     PyDoc_STR("Like `encode`, but return None too if `jsonable_encoder` changes the value.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide.runtime.plain_json",
    .m_doc = PyDoc_STR("Write plain values as JSON."),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_plain_json(void) {
    return PyModuleDef_Init(&module);
}
