/* Write values as JSON, directly as UTF-8, into one buffer. The extensions beside this file include it.
 *
 * 1. A value is plain if it consists of exact str, int, float, bool, None, list, tuple and dict
 *    objects, and all keys are exact strings. For anything else the functions stop, and the caller
 *    leaves the value to a slower encoder, which decides what happens and raises the errors. So
 *    these functions raise no error except MemoryError.
 * 2. Plain values run no Python code while they are written. So containers cannot change meanwhile,
 *    and borrowed references stay valid.
 * 3. A function that writes returns DONE, or the reason why it has stopped.
 */

#ifndef RAPIDE_JSON_WRITER_H
#define RAPIDE_JSON_WRITER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    DONE,
    UNUSUAL, /* another encoder must write the value; no exception is set */
    FAILED,  /* an exception is set */
} Outcome;

/* Whether the value is written as it is, as FastAPI's jsonable_encoder returns it, or as Pydantic
 * writes it. */
typedef enum { AS_IT_IS, AS_ENCODED, AS_IN_MODELS } Form;

/* Most answers fit into this and need no allocation until the result is made. */
#define BUFFER_SIZE 1024

typedef struct {
    char *start;
    char *next;
    char *end;
    Form form;
    int room; /* In models: how many containers may still be entered. */
    char buffer[BUFFER_SIZE];
} Writer;

static Outcome write_value(Writer *writer, PyObject *value);

/* Buffer */

static Outcome grow(Writer *writer, Py_ssize_t size) {
    Py_ssize_t used = writer->next - writer->start;
    Py_ssize_t capacity = writer->end - writer->start;
    if (size > PY_SSIZE_T_MAX / 2 - used || capacity > PY_SSIZE_T_MAX / 2) {
        PyErr_NoMemory();
        return FAILED;
    }
    capacity = Py_MAX(2 * capacity, used + size);
    char *start = PyMem_Realloc(writer->start == writer->buffer ? NULL : writer->start, capacity);
    if (start == NULL) {
        PyErr_NoMemory();
        return FAILED;
    }
    if (writer->start == writer->buffer) {
        memcpy(start, writer->buffer, used);
    }
    writer->start = start;
    writer->next = start + used;
    writer->end = start + capacity;
    return DONE;
}

/* Make sure that there is room for `size` more bytes. */
static inline Outcome reserve(Writer *writer, Py_ssize_t size) {
    return writer->end - writer->next >= size ? DONE : grow(writer, size);
}

static inline Outcome write_bytes(Writer *writer, const char *bytes, Py_ssize_t size) {
    if (reserve(writer, size) != DONE) {
        return FAILED;
    }
    memcpy(writer->next, bytes, size);
    writer->next += size;
    return DONE;
}

/* Strings */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The longest escape is \u001f. */
#define ESCAPE_SIZE 6

static inline int needs_escape(Py_UCS4 character) {
    return character < 0x20 || character == '"' || character == '\\';
}

/* Return whether one of eight ASCII characters needs an escape. */
static inline int any_needs_escape(uint64_t eight) {
    uint64_t quote = eight ^ EACH_BYTE('"');
    uint64_t backslash = eight ^ EACH_BYTE('\\');
    /* Subtraction sets the highest bit of bytes that were less. */
    uint64_t less = (eight - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1));
    return (less & EACH_BYTE(0x80)) != 0;
}

static char *put_escape(char *next, Py_UCS4 character) {
    static const char short_escapes[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
    };
    *next++ = '\\';
    if (character >= 0x20) {
        *next++ = (char)character;
    } else if (short_escapes[character]) {
        *next++ = short_escapes[character];
    } else {
        memcpy(next, character < 0x10 ? "u000" : "u001", 4);
        next[4] = "0123456789abcdef"[character & 0xf];
        next += 5;
    }
    return next;
}

static Outcome write_ascii(Writer *writer, const Py_UCS1 *text, Py_ssize_t length) {
    if (reserve(writer, length + 2) != DONE) {
        return FAILED;
    }
    char *next = writer->next;
    *next++ = '"';
    for (Py_ssize_t i = 0; i < length;) {
        uint64_t eight;
        if (length - i >= 8) {
            memcpy(&eight, text + i, 8);
            if (!any_needs_escape(eight)) {
                memcpy(next, &eight, 8);
                next += 8;
                i += 8;
                continue;
            }
        }
        Py_UCS1 character = text[i++];
        if (!needs_escape(character)) {
            *next++ = (char)character;
            continue;
        }
        writer->next = next;
        if (reserve(writer, ESCAPE_SIZE + (length - i) + 1) != DONE) {
            return FAILED;
        }
        next = put_escape(writer->next, character);
    }
    *next++ = '"';
    writer->next = next;
    return DONE;
}

static char *put_utf8(char *next, Py_UCS4 character) {
    if (character < 0x800) {
        *next++ = (char)(0xc0 | (character >> 6));
    } else {
        if (character < 0x10000) {
            *next++ = (char)(0xe0 | (character >> 12));
        } else {
            *next++ = (char)(0xf0 | (character >> 18));
            *next++ = (char)(0x80 | ((character >> 12) & 0x3f));
        }
        *next++ = (char)(0x80 | ((character >> 6) & 0x3f));
    }
    *next++ = (char)(0x80 | (character & 0x3f));
    return next;
}

/* Write a string that is not ASCII. The compiler makes one form of this for each kind. */
static inline Outcome
write_characters(Writer *writer, int kind, const void *text, Py_ssize_t length) {
    Py_ssize_t widest = kind == PyUnicode_1BYTE_KIND ? 2 : kind == PyUnicode_2BYTE_KIND ? 3 : 4;
    if (length > PY_SSIZE_T_MAX / 8) {
        PyErr_NoMemory();
        return FAILED;
    }
    if (reserve(writer, length * widest + 2) != DONE) {
        return FAILED;
    }
    char *next = writer->next;
    *next++ = '"';
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 character = PyUnicode_READ(kind, text, i);
        if (Py_UNICODE_IS_SURROGATE(character)) {
            return UNUSUAL;
        }
        if (character >= 0x80) {
            next = put_utf8(next, character);
        } else if (!needs_escape(character)) {
            *next++ = (char)character;
        } else {
            writer->next = next;
            if (reserve(writer, ESCAPE_SIZE + (length - i - 1) * widest + 1) != DONE) {
                return FAILED;
            }
            next = put_escape(writer->next, character);
        }
    }
    *next++ = '"';
    writer->next = next;
    return DONE;
}

static Outcome write_string(Writer *writer, PyObject *string) {
#if PY_VERSION_HEX < 0x030c0000 /* strings of the oldest functions of C have no form yet */
    if (PyUnicode_READY(string) < 0) {
        return FAILED;
    }
#endif
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    if (PyUnicode_IS_ASCII(string)) {
        return write_ascii(writer, PyUnicode_1BYTE_DATA(string), length);
    }
    const void *text = PyUnicode_DATA(string);
    switch (PyUnicode_KIND(string)) {
    case PyUnicode_1BYTE_KIND:
        return write_characters(writer, PyUnicode_1BYTE_KIND, text, length);
    case PyUnicode_2BYTE_KIND:
        return write_characters(writer, PyUnicode_2BYTE_KIND, text, length);
    default:
        return write_characters(writer, PyUnicode_4BYTE_KIND, text, length);
    }
}

/* Numbers */

/* The sign and all digits of a 64-bit integer. */
#define INTEGER_SIZE 20

static char *put_digits(char *next, unsigned long long number) {
    char digits[INTEGER_SIZE];
    char *first = digits + INTEGER_SIZE;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    Py_ssize_t size = digits + INTEGER_SIZE - first;
    memcpy(next, first, size);
    return next + size;
}

static Outcome write_long_integer(Writer *writer, PyObject *integer) {
    PyObject *text = PyLong_Type.tp_repr(integer);
    if (text == NULL) { /* more digits than sys.set_int_max_str_digits allows */
        PyErr_Clear();
        return UNUSUAL;
    }
    Outcome outcome = write_bytes(
        writer, (const char *)PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text));
    Py_DECREF(text);
    return outcome;
}

static Outcome write_integer(Writer *writer, PyObject *integer) {
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow) {
        return write_long_integer(writer, integer);
    }
    if (reserve(writer, INTEGER_SIZE) != DONE) {
        return FAILED;
    }
    unsigned long long rest = (unsigned long long)number;
    if (number < 0) {
        *writer->next++ = '-';
        rest = 0 - rest;
    }
    writer->next = put_digits(writer->next, rest);
    return DONE;
}

/* The sign, nine digits, the point, six digits. */
#define SHORT_FLOAT_SIZE 17

/* Write a number with at most six decimals, or return NULL if this is not one.
 *
 * repr searches for the shortest digits that are read as `value`, and writes an exponent below
 * 0.0001. If digits / 1000000 is read as `value` and there are at most 15 digits, then no other
 * number of at most 15 digits is (DBL_DIG), so these are the digits that repr finds. Both operands
 * of the division are exact, so it rounds as reading does.
 */
static char *put_short_float(char *next, double value) {
    double size = fabs(value);
    if (FLT_EVAL_METHOD != 0 || !(size < 1e9) || (size < 1e-4 && size != 0)) {
        return NULL;
    }
    unsigned long long digits = (unsigned long long)(size * 1e6 + 0.5);
    if ((double)digits / 1e6 != size) {
        return NULL;
    }
    if (signbit(value)) {
        *next++ = '-';
    }
    next = put_digits(next, digits / 1000000);
    *next++ = '.';
    unsigned int decimals = (unsigned int)(digits % 1000000);
    do {
        *next++ = (char)('0' + decimals / 100000);
        decimals = decimals % 100000 * 10;
    } while (decimals);
    return next;
}

static Outcome write_float(Writer *writer, PyObject *number) {
    double value = PyFloat_AS_DOUBLE(number);
    if (!isfinite(value)) {
        return UNUSUAL;
    }
    if (reserve(writer, SHORT_FLOAT_SIZE) != DONE) {
        return FAILED;
    }
    char *next = put_short_float(writer->next, value);
    if (next != NULL) {
        writer->next = next;
        return DONE;
    }
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL) {
        return FAILED;
    }
    Outcome outcome = UNUSUAL; /* Pydantic has its own form for numbers with an exponent */
    if (writer->form != AS_IN_MODELS || strchr(text, 'e') == NULL) {
        outcome = write_bytes(writer, text, (Py_ssize_t)strlen(text));
    }
    PyMem_Free(text);
    return outcome;
}

/* Containers */

/* Return whether jsonable_encoder drops a key: SQLAlchemy's own begin with this. */
static inline int is_dropped(PyObject *key) {
    return PyUnicode_GET_LENGTH(key) >= 3 && PyUnicode_READ_CHAR(key, 0) == '_'
           && PyUnicode_READ_CHAR(key, 1) == 's' && PyUnicode_READ_CHAR(key, 2) == 'a';
}

static Outcome write_items(Writer *writer, PyObject *const *items, Py_ssize_t size) {
    Outcome outcome = write_bytes(writer, "[", 1);
    for (Py_ssize_t i = 0; i < size && outcome == DONE; i++) {
        if (i > 0 && write_bytes(writer, ",", 1) != DONE) {
            return FAILED;
        }
        outcome = write_value(writer, items[i]);
    }
    return outcome == DONE ? write_bytes(writer, "]", 1) : outcome;
}

static Outcome write_member(Writer *writer, PyObject *key, PyObject *value) {
    if (!PyUnicode_CheckExact(key)) {
        return UNUSUAL;
    }
    Outcome outcome = write_string(writer, key);
    if (writer->form == AS_ENCODED && is_dropped(key)) {
        return UNUSUAL;
    }
    if (outcome == DONE) {
        outcome = write_bytes(writer, ":", 1);
    }
    return outcome == DONE ? write_value(writer, value) : outcome;
}

static Outcome write_dict(Writer *writer, PyObject *dict) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    Outcome outcome = write_bytes(writer, "{", 1);
    for (int i = 0; outcome == DONE && PyDict_Next(dict, &position, &key, &value); i = 1) {
        if (i > 0 && write_bytes(writer, ",", 1) != DONE) {
            return FAILED;
        }
        outcome = write_member(writer, key, value);
    }
    return outcome == DONE ? write_bytes(writer, "}", 1) : outcome;
}

static Outcome write_container(Writer *writer, PyObject *container) {
    Outcome outcome = UNUSUAL;
    if (Py_EnterRecursiveCall(" while encoding a JSON object")) {
        PyErr_Clear();
        return UNUSUAL;
    }
    writer->room--;
    if (writer->form == AS_IN_MODELS && writer->room < 0) {
        outcome = UNUSUAL;
    } else if (PyDict_CheckExact(container)) {
        outcome = write_dict(writer, container);
    } else if (PyList_CheckExact(container) || PyTuple_CheckExact(container)) {
        Py_ssize_t size = PySequence_Fast_GET_SIZE(container);
        outcome = write_items(writer, PySequence_Fast_ITEMS(container), size);
    }
    writer->room++;
    Py_LeaveRecursiveCall();
    return outcome;
}

static Outcome write_value(Writer *writer, PyObject *value) {
    if (PyUnicode_CheckExact(value)) {
        return write_string(writer, value);
    }
    if (PyLong_CheckExact(value)) {
        return write_integer(writer, value);
    }
    if (PyFloat_CheckExact(value)) {
        return write_float(writer, value);
    }
    if (value == Py_None) {
        return write_bytes(writer, "null", 4);
    }
    if (value == Py_True) {
        return write_bytes(writer, "true", 4);
    }
    if (value == Py_False) {
        return write_bytes(writer, "false", 5);
    }
    return write_container(writer, value);
}

/* The result */

static void begin(Writer *writer, Form form) {
    writer->start = writer->next = writer->buffer;
    writer->end = writer->buffer + BUFFER_SIZE;
    writer->form = form;
    writer->room = 0;
}

/* Return the bytes, None, or NULL with an exception. */
static PyObject *end(Writer *writer, Outcome outcome) {
    PyObject *result = NULL;
    if (outcome == DONE) {
        result = PyBytes_FromStringAndSize(writer->start, writer->next - writer->start);
    } else if (outcome == UNUSUAL) {
        result = Py_NewRef(Py_None);
    }
    if (writer->start != writer->buffer) {
        PyMem_Free(writer->start);
    }
    return result;
}

#endif
