/* Call a function while the garbage collector is paused.
 *
 * gc.disable() and gc.enable() in Python would let other threads run in between, and they could see
 * the pause or lose their own gc.disable(). In C, no other thread runs unless the function lets it.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *call_uncollected(PyObject *Py_UNUSED(module), PyObject *const *arguments,
                                  Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "call_uncollected() takes a function and its argument");
        return NULL;
    }
    int was_enabled = PyGC_Disable();
    PyObject *result = PyObject_CallOneArg(arguments[0], arguments[1]);
    if (was_enabled) {
        PyGC_Enable();
    }
    return result;
}

static PyMethodDef methods[] = {
    {"call_uncollected", (PyCFunction)(void (*)(void))call_uncollected, METH_FASTCALL,
     PyDoc_STR("Call a function with one argument while the garbage collector is paused.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide.runtime.uncollected",
    .m_doc = PyDoc_STR("Call a function while the garbage collector is paused."),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_uncollected(void) {
    return PyModuleDef_Init(&module);
}
