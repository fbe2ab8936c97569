/* Say whether a list has objects of one class only.
 *
 * `_same_class.py` does the same where there is no C compiler.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *is_list_of(PyObject *Py_UNUSED(module), PyObject *const *arguments,
                            Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "is_list_of() takes an object and a class");
        return NULL;
    }
    PyObject *items = arguments[0];
    PyTypeObject *wanted = (PyTypeObject *)arguments[1];
    if (!PyList_CheckExact(items)) {
        Py_RETURN_FALSE;
    }
    /* No other code runs meanwhile, so that the list stays as it is. */
    Py_ssize_t size = PyList_GET_SIZE(items);
    for (Py_ssize_t index = 0; index < size; index++) {
        if (!Py_IS_TYPE(PyList_GET_ITEM(items, index), wanted)) {
            Py_RETURN_FALSE;
        }
    }
    Py_RETURN_TRUE;
}

static PyMethodDef methods[] = {
    {"is_list_of", (PyCFunction)(void (*)(void))is_list_of, METH_FASTCALL,
     PyDoc_STR("Return whether an object is a list of objects of exactly one class.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide._same_class",
    .m_doc = PyDoc_STR("Say whether a list has objects of one class only."),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__same_class(void) {
    return PyModuleDef_Init(&module);
}
