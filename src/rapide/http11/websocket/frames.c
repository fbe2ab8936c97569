/* Read and write ordinary messages: the fast path in front of the library.
 *
 * `frames.py` says what the functions do, and does the same where there is no C compiler.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* The first byte of a frame that is a whole message: text, bytes. */
#define TEXT 0x81
#define BYTES 0x82

static PyObject *type_key, *type_value, *text_key, *bytes_key;

/* An ordinary frame in the input. */
typedef struct {
    const unsigned char *mask;
    const unsigned char *payload;
    Py_ssize_t size;
} Frame;

/* Find an ordinary frame at the beginning of some bytes. Return 0 if there is another or a part. */
static int find_frame(const unsigned char *data, Py_ssize_t length, Py_ssize_t longest, Frame *frame) {
    if (length < 6 || (data[0] != TEXT && data[0] != BYTES) || !(data[1] & 0x80)) {
        return 0;
    }
    uint64_t size = data[1] & 0x7F;
    Py_ssize_t header = 6;
    int extended = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extended) {
        header += extended;
        if (length < header) {
            return 0;
        }
        size = 0;
        for (int i = 0; i < extended; i++) {
            size = size << 8 | data[2 + i];
        }
    }
    if (longest < 0 || size > (uint64_t)longest || size > (uint64_t)(length - header)) {
        return 0;
    }
    frame->mask = data + header - 4;
    frame->payload = data + header;
    frame->size = (Py_ssize_t)size;
    return 1;
}

/* Copy the payload of a frame without its mask. */
static void unmask(const Frame *frame, unsigned char *to) {
    const unsigned char *from = frame->payload;
    Py_ssize_t size = frame->size, i = 0;
    unsigned char doubled[8];
    uint64_t mask, word;
    memcpy(doubled, frame->mask, 4);
    memcpy(doubled + 4, frame->mask, 4);
    memcpy(&mask, doubled, 8);
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, from + i, 8);
        word ^= mask;
        memcpy(to + i, &word, 8);
    }
    for (; i < size; i++) {
        to[i] = from[i] ^ doubled[i & 7];
    }
}

/* Return whether all bytes are ASCII. */
static int is_ascii(const unsigned char *data, Py_ssize_t size) {
    unsigned char seen = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        seen |= data[i];
    }
    return seen < 0x80;
}

/* Return the text of a frame; NULL with an exception if it is not UTF-8. */
static PyObject *read_text(const Frame *frame) {
    unsigned char small[256], *buffer = small;
    if (frame->size > (Py_ssize_t)sizeof(small)) {
        buffer = PyMem_Malloc(frame->size);
        if (buffer == NULL) {
            return PyErr_NoMemory();
        }
    }
    unmask(frame, buffer);
    PyObject *text;
    if (frame->size > 1 && is_ascii(buffer, frame->size)) {
        text = PyUnicode_New(frame->size, 127);
        if (text != NULL) {
            memcpy(PyUnicode_DATA(text), buffer, frame->size);
        }
    } else {
        text = PyUnicode_DecodeUTF8((const char *)buffer, frame->size, NULL);
    }
    if (buffer != small) {
        PyMem_Free(buffer);
    }
    return text;
}

/* Return the content of a frame; NULL with an exception if it is text that is not UTF-8. */
static PyObject *read_content(const Frame *frame, int is_text) {
    if (is_text) {
        return read_text(frame);
    }
    PyObject *content = PyBytes_FromStringAndSize(NULL, frame->size);
    if (content != NULL && frame->size > 0) {
        unmask(frame, (unsigned char *)PyBytes_AS_STRING(content));
    }
    return content;
}

/* Append an ASGI message; take the reference to the content. Return -1 with an exception. */
static int append_message(PyObject *messages, int is_text, PyObject *content) {
    int result = -1;
    PyObject *message = PyDict_New();
    if (message != NULL && PyDict_SetItem(message, type_key, type_value) == 0 &&
        PyDict_SetItem(message, is_text ? text_key : bytes_key, content) == 0) {
        result = PyList_Append(messages, message);
    }
    Py_XDECREF(message);
    Py_DECREF(content);
    return result;
}

static PyObject *take_messages(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    if (count != 3 || !PyBytes_Check(args[0]) || !PyList_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "take_messages takes bytes, an int and a list");
        return NULL;
    }
    Py_ssize_t longest = PyLong_AsSsize_t(args[1]);
    if (longest == -1 && PyErr_Occurred()) {
        return NULL;
    }
    const unsigned char *data = (const unsigned char *)PyBytes_AS_STRING(args[0]);
    Py_ssize_t start = 0, length = PyBytes_GET_SIZE(args[0]);
    Frame frame;
    while (find_frame(data + start, length - start, longest, &frame)) {
        int is_text = data[start] == TEXT;
        PyObject *content = read_content(&frame, is_text);
        if (content == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
                return NULL;
            }
            PyErr_Clear();
            break;
        }
        if (append_message(args[2], is_text, content) < 0) {
            return NULL;
        }
        start = frame.payload + frame.size - data;
    }
    return PyLong_FromSsize_t(start);
}

/* Return a frame with room for its payload, and where that begins. */
static PyObject *new_frame(unsigned char first, Py_ssize_t size, char **payload) {
    int extended = size < 126 ? 0 : size < 65536 ? 2 : 8;
    PyObject *frame = PyBytes_FromStringAndSize(NULL, 2 + extended + size);
    if (frame == NULL) {
        return NULL;
    }
    unsigned char *to = (unsigned char *)PyBytes_AS_STRING(frame);
    to[0] = first;
    to[1] = extended == 0 ? (unsigned char)size : extended == 2 ? 126 : 127;
    for (int i = 0; i < extended; i++) {
        to[2 + i] = (unsigned char)((uint64_t)size >> 8 * (extended - 1 - i));
    }
    *payload = (char *)to + 2 + extended;
    return frame;
}

static PyObject *write_message(PyObject *Py_UNUSED(module), PyObject *content) {
    PyObject *frame, *encoded = NULL;
    const char *from;
    char *to;
    Py_ssize_t size;
    unsigned char first = TEXT;
    if (PyUnicode_CheckExact(content)) {
        if (PyUnicode_IS_COMPACT_ASCII(content)) {
            from = (const char *)PyUnicode_DATA(content);
            size = PyUnicode_GET_LENGTH(content);
        } else {
            encoded = PyUnicode_AsUTF8String(content);
            if (encoded == NULL) {
                return NULL;
            }
            from = PyBytes_AS_STRING(encoded);
            size = PyBytes_GET_SIZE(encoded);
        }
    } else if (PyBytes_CheckExact(content)) {
        first = BYTES;
        from = PyBytes_AS_STRING(content);
        size = PyBytes_GET_SIZE(content);
    } else {
        Py_RETURN_NONE;
    }
    frame = new_frame(first, size, &to);
    if (frame != NULL) {
        memcpy(to, from, size);
    }
    Py_XDECREF(encoded);
    return frame;
}

static PyMethodDef methods[] = {
    {"take_messages", (PyCFunction)(void (*)(void))take_messages, METH_FASTCALL,
     PyDoc_STR("Take the ordinary messages from the beginning of some input.")},
    {"write_message", write_message, METH_O,
     PyDoc_STR("Return the frame of a message, or None if the library has to write it.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rapide.http11.websocket.frames",
    .m_doc = PyDoc_STR("Read and write ordinary messages: the fast path in front of the library."),
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_frames(void) {
    type_key = PyUnicode_InternFromString("type");
    type_value = PyUnicode_InternFromString("websocket.receive");
    text_key = PyUnicode_InternFromString("text");
    bytes_key = PyUnicode_InternFromString("bytes");
    if (type_key == NULL || type_value == NULL || text_key == NULL || bytes_key == NULL) {
        return NULL;
    }
    return PyModule_Create(&module);
}
