/* Split query strings, and bodies of URL-encoded forms.
 *
 * `query_string.py` does the same where there is no C compiler.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Return the value of a hexadecimal digit, or -1. */
static int digit_of(unsigned char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode a run of ASCII into `buffer`, which has room for all of it. Return how many bytes there
 * are. */
static Py_ssize_t unescape(const unsigned char *start, Py_ssize_t size, char *buffer) {
    Py_ssize_t length = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char c = start[i];
        if (c == '+') {
            c = ' ';
        }
        else if (c == '%' && i + 2 < size) {
            int high = digit_of(start[i + 1]), low = digit_of(start[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (unsigned char)(high << 4 | low);
                i += 2;
            }
        }
        buffer[length++] = (char)c;
    }
    return length;
}

/* Return the text of a run of ASCII with `+` or escapes, which are UTF-8. */
static PyObject *decode_run(const unsigned char *start, Py_ssize_t size) {
    char small[256];
    char *buffer = size <= (Py_ssize_t)sizeof(small) ? small : PyMem_Malloc((size_t)size);
    if (buffer == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *text = PyUnicode_DecodeUTF8(buffer, unescape(start, size, buffer), "replace");
    if (buffer != small) {
        PyMem_Free(buffer);
    }
    return text;
}

/* Return the text of bytes that are not all ASCII: an escape does not go on behind a byte that is
 * not ASCII, which is a character of latin-1. */
static PyObject *decode_mixed(const unsigned char *start, Py_ssize_t size) {
    PyObject *text = PyUnicode_FromStringAndSize(NULL, 0);
    for (Py_ssize_t i = 0; i < size && text != NULL;) {
        Py_ssize_t from = i;
        int is_ascii = start[i] < 0x80;
        while (i < size && (start[i] < 0x80) == is_ascii) {
            i++;
        }
        PyObject *run = is_ascii ? decode_run(start + from, i - from)
                                 : PyUnicode_DecodeLatin1((const char *)start + from, i - from, NULL);
        if (run == NULL) {
            Py_DECREF(text);
            return NULL;
        }
        PyUnicode_Append(&text, run); /* which makes `text` NULL if it fails */
        Py_DECREF(run);
    }
    return text;
}

/* Return the text of a name or a value. */
static PyObject *decode(const unsigned char *start, Py_ssize_t size) {
    unsigned char all = 0;
    int is_encoded = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        all |= start[i];
        is_encoded |= start[i] == '%' || start[i] == '+';
    }
    if (all >= 0x80) {
        return decode_mixed(start, size);
    }
    if (is_encoded) {
        return decode_run(start, size);
    }
    PyObject *text = PyUnicode_New(size, 127);
    if (text != NULL && size) {
        memcpy(PyUnicode_1BYTE_DATA(text), start, (size_t)size);
    }
    return text;
}

/* Add a pair to a list of pairs or to a dictionary. Return -1 with an exception if that fails. */
static int add(PyObject *target, const unsigned char *start, const unsigned char *end) {
    const unsigned char *equals = memchr(start, '=', (size_t)(end - start));
    const unsigned char *value_start = equals == NULL ? end : equals + 1;
    PyObject *name = decode(start, (equals == NULL ? end : equals) - start);
    PyObject *value = name == NULL ? NULL : decode(value_start, end - value_start);
    int result = -1;
    if (value != NULL && PyDict_CheckExact(target)) {
        result = PyDict_SetItem(target, name, value);
    }
    else if (value != NULL) {
        PyObject *pair = PyTuple_Pack(2, name, value);
        if (pair != NULL) {
            result = PyList_Append(target, pair);
            Py_DECREF(pair);
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return result;
}

/* Return bytes; other objects are asked for their text, as Starlette asks them. */
static PyObject *bytes_of(PyObject *raw) {
    if (PyBytes_CheckExact(raw)) {
        return Py_NewRef(raw);
    }
    PyObject *text = PyObject_CallMethod(raw, "decode", "s", "latin-1");
    if (text == NULL) {
        return NULL;
    }
    PyObject *bytes = PyUnicode_AsLatin1String(text);
    Py_DECREF(text);
    return bytes;
}

/* Split `raw` into a new list of pairs or dictionary, which it takes over. */
static PyObject *split(PyObject *raw, PyObject *target) {
    PyObject *bytes = target == NULL ? NULL : bytes_of(raw);
    if (bytes == NULL) {
        Py_XDECREF(target);
        return NULL;
    }
    const unsigned char *start = (const unsigned char *)PyBytes_AS_STRING(bytes);
    const unsigned char *last = start + PyBytes_GET_SIZE(bytes);
    while (start < last) {
        const unsigned char *end = memchr(start, '&', (size_t)(last - start));
        if (end == NULL) {
            end = last;
        }
        if (end > start && add(target, start, end) < 0) {
            Py_CLEAR(target);
            break;
        }
        start = end + 1;
    }
    Py_DECREF(bytes);
    return target;
}

static PyObject *query_pairs(PyObject *Py_UNUSED(module), PyObject *raw) {
    return split(raw, PyList_New(0));
}

static PyObject *query_values(PyObject *Py_UNUSED(module), PyObject *raw) {
    int is_true = PyObject_IsTrue(raw);
    if (is_true < 0) {
        return NULL;
    }
    return is_true ? split(raw, PyDict_New()) : PyDict_New();
}

static PyMethodDef methods[] = {
    {"query_pairs", query_pairs, METH_O,
     PyDoc_STR("Return the pairs of a query string, in order.")},
    {"query_values", query_values, METH_O,
     PyDoc_STR("Return a query string as a mapping, with the last value of a repeated name.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide.runtime.query_string",
    .m_doc = PyDoc_STR("Split query strings, and bodies of URL-encoded forms."),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_query_string(void) {
    return PyModuleDef_Init(&module);
}
