// SPDX-License-Identifier: GPL-2.0-only
// Owns the words of C: which the grammar gets as they are, which say an integer type, and which the subset refuses.

import type { Complaint } from '../diagnostics/diagnostics.ts';

/** Handed to the grammar under this spelling. */
export const PASSED: ReadonlyMap<string, string> = new Map([
  ...[
    'if',
    'else',
    'while',
    'do',
    'for',
    'switch',
    'case',
    'default',
    'break',
    'continue',
    'goto',
    'return',
    'sizeof',
  ].map((w) => [w, w] as const),
  ...['struct', 'enum', 'typedef', 'static', 'extern', 'inline', 'const', 'void', 'bool'].map(
    (w) => [w, w] as const,
  ),
  ['register', 'register'],
  ['_Bool', 'bool'],
  ['__inline', 'inline'],
  ['__inline__', 'inline'],
  ['__const', 'const'],
  ['alignof', '_Alignof'],
  ['_Alignof', '_Alignof'],
]);

/** Words that make up the name of an integer type, in any order. */
export const INT_WORDS: ReadonlySet<string> = new Set([
  'signed', 'unsigned', 'long', 'short', 'int', 'char', '__signed__',
]); // prettier-ignore

export const FLOAT_WORDS: ReadonlySet<string> = new Set([
  'float',
  'double',
  '_Complex',
  '_Float16',
  '__float128',
]);

/** Means nothing in a model, and is left out without a word. */
export const IGNORED: ReadonlySet<string> = new Set([
  'restrict',
  '__restrict',
  '__restrict__',
  '_Noreturn',
  'noreturn',
]);

export const TYPEOF: ReadonlySet<string> = new Set(['typeof', '__typeof__', '__typeof', 'typeof_unqual']);
export const OFFSETOF: ReadonlySet<string> = new Set(['offsetof', '__builtin_offsetof']);
/** Constants that the grammar may take for numbers. */
export const CONSTANT_WORDS: ReadonlySet<string> = new Set(['true', 'false', 'NULL', 'nullptr']);

export const FLOAT_REFUSED: Complaint = {
  message: 'floating point is not in the subset',
  reason: "a model's state is integers, pointers and locks, so that any two states can be compared exactly",
  hint: 'use an integer type',
};

/** Words refused where they stand, whatever follows. */
export const REFUSED: ReadonlyMap<string, Complaint> = new Map<string, Complaint>([
  [
    'union',
    {
      message: 'unions are not in the subset',
      reason: 'each cell of the state has one type, or a trace could not show what was written',
      hint: 'use a struct with one field for each meaning',
    },
  ],
  ...['asm', '__asm__', '__asm'].map((w): [string, Complaint] => [
    w,
    {
      message: 'inline assembly is not in the subset',
      reason: 'mmreplay runs C; what an instruction does to memory must be said in C',
      hint: 'use a built-in such as cmpxchg(), xchg() or smp_mb(), or an [[mm::atomic]] function',
    },
  ]),
  ...['__attribute__', '__attribute'].map((w): [string, Complaint] => [
    w,
    {
      message: '__attribute__ is not in the subset',
      reason: 'layout, sections and hints to gcc mean nothing in a model',
      hint: 'leave it out; what mmreplay needs to know is said with [[mm::...]]',
    },
  ]),
  ...['volatile', '__volatile__'].map((w): [string, Complaint] => [
    w,
    {
      message: 'volatile is not in the subset',
      reason: 'every access to shared memory is a step of its own anyway, and none is left out or repeated',
      hint: 'leave it out, or write READ_ONCE() and WRITE_ONCE() where the kernel does',
    },
  ]),
  [
    '_Atomic',
    {
      message: '_Atomic is not in the subset',
      reason: 'the kernel has its own atomics',
      hint: 'use atomic_t, refcount_t, cmpxchg() or xchg()',
    },
  ],
  [
    '_Generic',
    {
      message: '_Generic is not in the subset',
      reason: 'each function has one type',
      hint: 'call the function that is meant',
    },
  ],
  ...['_Thread_local', 'thread_local', '__thread'].map((w): [string, Complaint] => [
    w,
    {
      message: 'thread-local variables are not in the subset',
      reason: 'what belongs to one thread is a local variable, or one element of an array',
      hint: 'use an array with NR_THREADS elements, indexed by smp_processor_id()',
    },
  ]),
  ...['_Alignas', 'alignas', '__declspec', '__extension__', 'constexpr', 'auto', '_BitInt', '_Complex'].map(
    (w): [string, Complaint] => [
      w,
      { message: `'${w}' is not in the subset`, reason: 'it means nothing in a model', hint: 'leave it out' },
    ],
  ),
  ...['setjmp', 'longjmp', '__builtin_setjmp', '__builtin_longjmp'].map((w): [string, Complaint] => [
    w,
    {
      message: `${w} is not in the subset`,
      reason: 'functions are inlined, so there is no stack to jump across',
      hint: 'return an error code, as the kernel does',
    },
  ]),
  ...['va_list', 'va_start', 'va_arg', 'va_end', '__builtin_va_list'].map((w): [string, Complaint] => [
    w,
    {
      message: 'variable argument lists are not in the subset',
      reason: 'functions are inlined with a fixed set of parameters',
      hint: 'give the function the parameters that it needs',
    },
  ]),
  ...['alloca', '__builtin_alloca'].map((w): [string, Complaint] => [
    w,
    {
      message: `${w} is not in the subset`,
      reason: 'the set of cells is fixed before the first step',
      hint: 'use an array of fixed size, or a pool ([[mm::pool]]) with alloc() and free()',
    },
  ]),
]);

/** Refused together with the parentheses that follow. */
export const TAKES_PARENTHESES: ReadonlySet<string> = new Set([
  '__attribute__', '__attribute', '_Alignas', 'alignas', '__declspec', '_BitInt', 'asm', '__asm__', '__asm', '_Generic',
]); // prettier-ignore

/** Refused words that stand for an expression, not a specifier: the grammar gets a constant instead. */
export const STANDS_FOR_VALUE: ReadonlySet<string> = new Set([
  'asm', '__asm__', '__asm', '_Generic', 'setjmp', 'longjmp', '__builtin_setjmp', '__builtin_longjmp',
  'va_start', 'va_arg', 'va_end', 'alloca', '__builtin_alloca',
]); // prettier-ignore
