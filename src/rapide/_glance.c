/* Notice at each request, and cheaply, that a watched class or name may have changed.
 *
 * `_glance.py` says what the functions do, and does the same where there is no C compiler. The
 * remembered state belongs to the process, as what it describes does.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* How many names can be remembered. */
#define MOST_NAMES 8

typedef struct {
    PyObject *namespace;
    PyObject *name;
    PyObject *value; /* NULL if the name did not exist */
} Known;

static PyObject *watch;
static unsigned long flags;
static Known known[MOST_NAMES];
static Py_ssize_t size;

/* Return the flags of the watch; -1 with an exception if there are none. */
static unsigned long flags_of(PyObject *object) {
    if (PyType_Check(object)) {
        return PyType_GetFlags((PyTypeObject *)object);
    }
    PyObject *value = PyObject_GetAttrString(object, "__flags__");
    if (value == NULL) {
        return (unsigned long)-1;
    }
    unsigned long result = PyLong_AsUnsignedLongMask(value);
    Py_DECREF(value);
    return result;
}

static void forget(void) {
    Py_ssize_t count = size;
    size = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_CLEAR(known[i].namespace);
        Py_CLEAR(known[i].name);
        Py_CLEAR(known[i].value);
    }
}

/* Remember what a name stands for in a namespace. Return -1 with an exception if that fails. */
static int remember_name(PyObject *item) {
    PyObject *namespace, *name;
    if (!PyArg_ParseTuple(item, "O!U", &PyDict_Type, &namespace, &name)) {
        return -1;
    }
    PyObject *value = PyDict_GetItemWithError(namespace, name);
    if (value == NULL && PyErr_Occurred()) {
        return -1;
    }
    known[size].namespace = Py_NewRef(namespace);
    known[size].name = Py_NewRef(name);
    known[size].value = Py_XNewRef(value);
    size++;
    return 0;
}

static PyObject *remember(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *object, *number, *names;
    if (!PyArg_ParseTuple(args, "OO!O", &object, &PyLong_Type, &number, &names)) {
        return NULL;
    }
    PyObject *items = PySequence_Fast(names, "the names must be a sequence");
    if (items == NULL) {
        return NULL;
    }
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (count > MOST_NAMES) {
        PyErr_SetString(PyExc_ValueError, "there are too many names");
        Py_DECREF(items);
        return NULL;
    }
    forget();
    for (Py_ssize_t i = 0; i < count; i++) {
        if (remember_name(PySequence_Fast_GET_ITEM(items, i)) < 0) {
            Py_DECREF(items);
            return NULL;
        }
    }
    Py_DECREF(items);
    Py_XSETREF(watch, Py_NewRef(object));
    flags = PyLong_AsUnsignedLongMask(number); /* -1 is equal to no flags */
    Py_RETURN_NONE;
}

static PyObject *has_changed(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args)) {
    if (watch == NULL) {
        Py_RETURN_TRUE;
    }
    unsigned long now = flags_of(watch);
    if (now == (unsigned long)-1 && PyErr_Occurred()) {
        return NULL;
    }
    if (now != flags) {
        Py_RETURN_TRUE;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *value = PyDict_GetItemWithError(known[i].namespace, known[i].name);
        if (value != known[i].value) {
            Py_RETURN_TRUE;
        }
        if (value == NULL && PyErr_Occurred()) {
            return NULL;
        }
    }
    Py_RETURN_FALSE;
}

static PyMethodDef methods[] = {
    {"remember", remember, METH_VARARGS, PyDoc_STR("Take the present state for unchanged.")},
    {"has_changed", has_changed, METH_NOARGS,
     PyDoc_STR("Return whether the state may not be the remembered one any more.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide._glance",
    .m_doc = PyDoc_STR("Notice cheaply that a watched class or name may have changed."),
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__glance(void) {
    return PyModule_Create(&module);
}
