// SPDX-License-Identifier: GPL-2.0-only
// Owns the proof that what is not in the subset is refused, at its place, with a reason and a hint.

import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/lang/front.ts';
import { messages, realPrelude, refuse, run } from './front-support.ts';

const BEFORE = `struct page { struct page *next; int count; int arr[4]; }; struct inode { int i_size; };
struct page page[4]; struct inode inode; int g; bool b; const int fixed = 1;
`;

/** Takes the marks out of a text and says where they stood. */
function marked(text: string): { text: string; line: number; col: number; under: string } {
  const start = text.indexOf('«');
  const end = text.indexOf('»') - 1;
  const lines = text.slice(0, start).split('\n');
  const clean = text.replace('«', '').replace('»', '');
  return {
    text: clean,
    line: lines.length,
    col: (lines.at(-1)?.length ?? 0) + 1,
    under: clean.slice(start, end),
  };
}

/** Each row: a text with the underlined part in «», and the message. The message must be the only one. */
const OUT: readonly (readonly [string, string])[] = [
  ['«union» u { int a; long b; };', 'unions are not in the subset'],
  ['struct s { «union» { int a; }; };', 'unions are not in the subset'],
  ['«float» f;', 'floating point is not in the subset'],
  ['long «double» f;', 'floating point is not in the subset'],
  ['void f(void) { g = «1.5»; }', 'floating point is not in the subset'],
  ['void f(void) { g = (int)«2e3»; }', 'floating point is not in the subset'],
  ['void f(struct page *p) { g = «(long)p»; }', "cast from 'struct page *' to 'long' is not in the subset"],
  [
    'void f(struct page *p) { p = «(struct page *)g»; }',
    "cast from 'int' to 'struct page *' is not in the subset",
  ],
  [
    'struct inode *f(struct page *p) { return «(struct inode *)p»; }',
    "cast from 'struct page *' to 'struct inode *' is not in the subset",
  ],
  [
    'void f(struct page *p) { p = «p + 1»; }',
    "pointer arithmetic ('+' on 'struct page *') is not in the subset",
  ],
  ['void f(struct page *p) { «p++»; }', "pointer arithmetic ('++' on 'struct page *') is not in the subset"],
  [
    'void f(struct page *p) { «p -= 2»; }',
    "pointer arithmetic ('-=' on 'struct page *') is not in the subset",
  ],
  [
    'void f(struct page *p) { g = *(«&page[0] + 1»).arr; }',
    "pointer arithmetic ('+' on 'struct page *') is not in the subset",
  ],
  [
    'void f(struct page *p) { «p[1]».count = 2; }',
    "indexing a pointer ('struct page *') is not in the subset",
  ],
  ['int f(struct page *p) { return «p < &page[1]»; }', "comparing pointers with '<' is not in the subset"],
  ['void f(int n, «...») { }', 'functions with a variable number of arguments are not in the subset'],
  ['void f(«...»);', 'functions with a variable number of arguments are not in the subset'],
  ['#define F(«...») 1', 'a macro with a variable number of arguments is not in the subset'],
  ['void f(void) { «va_list» ap; }', 'variable argument lists are not in the subset'],
  ['int f(int n) { return n ? «f(n - 1)» : 0; }', 'recursion is not in the subset: f -> f'],
  [
    'int h(int n); int f(int n) { return n ? «h(n - 1)» : 0; } int h(int n) { return f(n); }',
    'recursion is not in the subset: h -> f -> h',
  ],
  [
    'struct ops { int (*get)(int); }; int get(int n); const struct ops ops = { .get = get }; int f(const struct ops *o) { return «o->get(1)»; } int get(int n) { return f(&ops); }',
    'recursion is not in the subset: get -> f -> get',
  ],
  ['void f(int n) { int a[«n»]; }', 'arrays of variable size are not in the subset'],
  ['struct s { int n; int «data[]»; };', 'arrays without a size are not in the subset as fields'],
  ['void f(void) { «asm»("nop"); }', 'inline assembly is not in the subset'],
  ['void f(void) { «__asm__» volatile ("" : : : "memory"); }', 'inline assembly is not in the subset'],
  [
    'struct page *p; void f(void) { «for_each_page»(p, page) { p->count = 1; } }',
    "'for_each_page' is used like a loop, but no macro of that name is known",
  ],
  ['struct s { int a «: 3»; };', 'bit-fields are not in the subset'],
  ['«volatile» int v;', 'volatile is not in the subset'],
  ['int v «__attribute__»((aligned(8)));', '__attribute__ is not in the subset'],
  ['struct «__attribute__»((packed)) s { int a; };', '__attribute__ is not in the subset'],
  ['«_Atomic» int v;', '_Atomic is not in the subset'],
  ['«_Thread_local» int v;', 'thread-local variables are not in the subset'],
  ['void f(void) { g = «_Generic»(g, int: 1); }', '_Generic is not in the subset'],
  ['void f(void) { g = «({ int x = 1; x; })»; }', 'a statement in an expression is not in the subset'],
  ['void f(void) { void *p = «&&»out; out: ; }', 'the address of a label is not in the subset'],
  ['void f(void *p) { goto «*»p; }', 'goto to an address is not in the subset'],
  ['void f(void) { int «inner(void)» { return 1; } }', 'a function inside a function is not in the subset'],
  ['void f(«a», b) int a; int b; { }', 'parameters without types are not in the subset'],
  ['void f(int n) { switch (n) { case 1 «...» 3: ; } }', 'case ranges are not in the subset'],
  ['void f(int n) { n = «n ?: 3»; }', "'?:' without a middle is not in the subset"],
  ['void f(void) { «setjmp»(g); }', 'setjmp is not in the subset'],
  ['void f(void) { void *p = «alloca»(4); }', 'alloca is not in the subset'],
  ['void f(void) { int x; int *p = «&x»; }', "the address of the local variable 'x' is taken"],
  ['int *f(int a) { return «&a»; }', "the address of the local variable 'a' is taken"],
  ['void f(void) { int a[2]; int *p = «a»; }', "the address of the local variable 'a' is taken"],
  ['void f(void) { const char *s = «"text"»; }', 'strings are not in the subset here'],
  ['#define CAT(a, b) a «##» b', 'pasting tokens with ## is not in the subset'],
  ['#define STR(a) «#» a', 'making a string with # is not in the subset'],
  ['[[«mm::opration»]] void f(void) { }', 'unknown attribute [[mm::opration]]'],
  ['[[«gnu::packed»]] void f(void) { }', 'unknown attribute [[gnu::packed]]'],
  ['[[«thread»]] void f(void) { }', 'unknown attribute [[thread]]'],
  ['[[«mm::step("acquire")»]] void f(void) { }', "[[mm::step]] is for mmreplay's own prelude"],
];

describe('out of the subset: place, caret, reason, hint', () => {
  test.each(OUT)('%s', (source, message) => {
    const { text, line, col, under } = marked(BEFORE + source);
    const list = refuse(text);
    expect(messages(list)).toEqual([`main.c:${line}:${col}: ${message}`]);
    const [d] = list;
    expect(d?.sourceLine).toBe(text.split('\n')[line - 1]);
    expect(d?.sourceLine.slice(d.caret.from - 1, d.caret.to - 1)).toBe(under);
    expect(d?.reason ?? '').not.toBe('');
    expect(d?.hint ?? '').not.toBe('');
  });
});

/** Mistakes rather than constructs: place and message; a hint where there is something to suggest. */
const MISTAKES: readonly (readonly [string, string])[] = [
  // Names
  ['void f(void) { «gg» = 1; }', "'gg' is not declared"],
  ['void f(void) { «kmalloc»(4); }', "function 'kmalloc' is not declared"],
  ['void f(void) { struct page p; p.«coun» = 1; }', "'struct page' has no field 'coun'"],
  ['void f(struct page *p) { «p.count» = 1; }', "'p' is a pointer ('struct page *')"],
  ['void f(void) { «inode->i_size» = 1; }', "'inode' is no pointer ('struct inode')"],
  ['«pagee_t» x;', "unknown type name 'pagee_t'"],
  ['«page_t» *x;', "unknown type name 'page_t'"],
  ['void f(void) { «page» *p; g = 1; }', "unknown type name 'page'"],
  ['struct q { struct nope «x»; };', "field 'x' has no size: 'struct nope' is not defined yet"],
  ['enum «nope» e;', "unknown 'enum nope'"],
  ['void f(void) { int x; int «x»; }', "'x' is declared twice in this block"],
  ['int «page»(void) { return 1; }', "'page' is declared already as a variable"],
  ['struct «page» { int a; };', "'struct page' is defined twice"],
  ['void f(void) { goto «ou»; out: ; }', "label 'ou' is not in 'f'"],
  [
    'int h(int a); int «h»(long a) { return 0; }',
    "conflicting types for 'h': 'int (long)' here, 'int (int)' before",
  ],
  ['int h(void) { return 1; } int «h»(void) { return 2; }', "'h' is defined twice"],
  ['int «choose»(int n) { return n; }', "'choose' is a built-in"],
  // Types
  [
    'void f(struct page *p, struct inode *i) { p = «i»; }',
    "cannot assign 'struct inode *' as 'struct page *'",
  ],
  ['void f(struct page *p) { g = «p»; }', "cannot assign 'struct page *' as 'int'"],
  ['void f(struct page *p) { p = «g»; }', "cannot assign 'int' as 'struct page *'"],
  ['void f(void) { g = «inode»; }', "cannot assign 'struct inode' as 'int'"],
  ['void f(void *v) { g = «*v»; }', "'void *' cannot be dereferenced"],
  ['void f(void) { «fixed» = 2; }', "cannot assign to 'fixed': it is const"],
  ['void f(const struct page *p) { «p->count» = 2; }', "cannot assign to 'p->count': it is const"],
  [
    'void f(const struct page *p) { struct page *q = «p»; }',
    "cannot initialise with 'const struct page *' as 'struct page *': it would allow writing what is const",
  ],
  ['void f(void) { «(g + 1)»++; }', 'cannot increment this: it is a value, not a variable'],
  ['void f(void) { «page» = page; }', 'cannot assign to an array as a whole'],
  ['void f(void) { if «(inode)» g = 1; }', "'struct inode' is neither true nor false"],
  ['void f(void) { g = «inode == inode»; }', "'struct inode' cannot be compared with '=='"],
  ['void f(void) { g = «&g == &inode»; }', "'int *' and 'struct inode *' cannot be compared"],
  ['void f(void) { g = ~«&g»; }', "'~' needs an integer, not 'int *'"],
  ['void f(void) { page[«4»].count = 1; }', 'subscript 4 is outside the array, which has 4 elements'],
  ['void f(void) { g = «g / 0»; }', 'division by zero'],
  ['void f(void) { g = «g << 32»; }', 'a shift by 32 of a value with 32 bits'],
  ['void f(void) { «f(1)»; }', "too many arguments to 'f': it takes 0, but 1 given"],
  [
    'void h(struct page *p) { } void f(int a) { h(«&inode»); }',
    "cannot pass 'struct inode *' as 'struct page *'",
  ],
  ['void f(void) { «g»(1); }', "'g' is no function but 'int'"],
  ['int f(void) { «return;» }', "'f' must return a value of type 'int'"],
  ['void f(void) { return «1»; }', "'f' returns void, and this returns a value"],
  ['int f(int n) { if (n) return 1; «}»', "the end of 'f' can be reached without a return"],
  ['int f(int n) { while (n) return 1; «}»', "the end of 'f' can be reached without a return"],
  ['int f(int n) { switch (n) { case 1: return 1; } «}»', "the end of 'f' can be reached without a return"],
  ['void f(void) { «break;» }', "'break' outside a loop or switch"],
  ['void f(int n) { switch (n) { case 1: «continue;» } }', "'continue' outside a loop"],
  ['void f(int n) { switch (n) { case 1: ; case «1»: ; } }', 'case 1 stands twice in this switch'],
  ['void f(int n) { switch (n) { case «n»: ; } }', 'the value of a case must be an integer constant'],
  ['void f(void) { «case» 1: ; }', "'case' outside a switch"],
  ['«unsigned signed» x;', "'unsigned signed' is no type"],
  ['int a[«0»];', 'an array of 0 elements'],
  ['int a[«5000»];', 'an array of 5000 elements'],
  ['int «a[]»;', "array 'a' has no size"],
  ['int a[2] = { 1, 2, «3» };', "too many initial values for 'int [2]'"],
  ['struct inode i = { .«size» = 1 };', "'struct inode' has no field 'size'"],
  ['int h(void) { return 1; } int x = «h()»;', 'the initial value is not constant'],
  ['static_assert(«sizeof(int) == 8», "int is 8 bytes");', 'static assertion failed: int is 8 bytes'],
  ['void f(void) { thread_t t = «3»; }', "cannot initialise with 'int' as 'thread_t'"],
  // Built-ins
  ['void f(int n) { g = choose(«n»); }', 'choose() takes an integer constant'],
  ['void f(void) { struct page *p = alloc(«page»); }', "alloc() takes a pool, and 'page' is none"],
  ['void f(void) { «free()»; }', 'free() takes 1 argument, but 0 given'],
  ['void f(void) { expose(«zeros»); }', "expose() takes zero or uninit, not 'zeros'"],
  ['void f(void) { g = READ_ONCE(«g + 1»); }', 'READ_ONCE() takes a variable, field or element, not a value'],
  [
    'void f(void) { struct inode i = READ_ONCE(«inode»); }',
    "READ_ONCE() accesses one word, and 'struct inode' is more",
  ],
  ['void f(void) { «__await(g)»; }', "'__await' is for mmreplay's own prelude"],
  ['void f(void) { cmpxchg(«g», 1, 2); }', "cmpxchg() takes a pointer to what it accesses, not 'int'"],
  [
    '[[mm::invariant("I")]] bool i(void) { return violated(«"%d"», g, g); }',
    'the text shows 1 value, but 2 given',
  ],
  // Attributes
  ['[[«mm::pool»]] void f(void) { }', '[[mm::pool]] does not belong on a function'],
  ['[[«mm::thread»]] int x;', '[[mm::thread]] does not belong on a variable'],
  ['[[mm::pool]] struct page «x»;', "a pool is an array of structs, not 'struct page'"],
  ['[[mm::type_stable]] struct page «x[2]»;', '[[mm::type_stable]] belongs on a pool'],
  ['[[mm::range(0, 3)]] struct page «*x»;', "[[mm::range]] needs an integer, not 'struct page *'"],
  ['[[«mm::range(3, 0)»]] int x;', 'the range from 3 to 0 is empty'],
  ['[[«mm::range(g)»]] int x;', 'mm::range takes two integer constants'],
  ['[[«mm::word»]] typedef int x_t;', '[[mm::word]] needs a struct'],
  ['[[mm::thread]] int «CPU0(void)» { return 1; }', "thread 'CPU0' must return void"],
  ['[[mm::thread]] void «CPU0(int n)» { }', "thread 'CPU0' takes no parameters"],
  ['[[mm::thread(«0»)]] void CPU0(void) { }', 'mm::thread takes a name in quotes or a number of threads'],
  ['[[mm::invariant("I")]] int «i(void)» { return 1; }', "invariant 'i' must return bool, not 'int'"],
  [
    '[[«mm::invariant("I", "always")»]] bool i(void) { return true; }',
    'an invariant is "strict", "idle" or "ensures", not "always"',
  ],
  ['[[«mm::invariant("I", "idle")»]] bool i(void) { return true; }', '"idle" needs the names of operations'],
  [
    '[[mm::operation]] void truncate(void) { } [[mm::invariant("I", "idle", "trunkate")]] bool «i»(void) { return true; }',
    "invariant I names an unknown operation 'trunkate'",
  ],
  [
    'void h(void) { } [[mm::invariant("I", "idle", "h")]] bool «i»(void) { return true; }',
    "invariant I names 'h', which is no operation",
  ],
  ['void f(void) { g = 1; } int x = 1 [[«mm::pool»]];', '[[mm::pool]] means nothing here'],
  // Specification
  [
    '[[mm::invariant("I")]] bool i(void) { «g = 1»; return true; }',
    'specification must be pure: shared memory is written',
  ],
  [
    'static int h(void) { «g++»; return 1; } [[mm::invariant("I")]] bool i(void) { return h(); }',
    'specification must be pure: shared memory is written',
  ],
  [
    'spinlock_t l; [[mm::invariant("I")]] bool i(void) { «spin_lock(&l)»; return true; }',
    "specification must be pure: 'spin_lock' is a step",
  ],
  ['void f(void) { assert(«g++» == 1); }', 'specification must be pure: shared memory is written'],
  ['[[mm::thread]] void f(void) { if («stale(&page[0])») g = 1; }', 'stale() is used by ordinary code'],
  [
    '[[mm::ghost]] int old; [[mm::operation]] void f(void) { old = g; if («old» == 1) g = 2; }',
    "the ghost 'old' is read by ordinary code",
  ],
  [
    '[[mm::ghost]] int old; [[mm::operation]] void f(void) { g = «old = 1»; }',
    'the value of a ghost is used by ordinary code',
  ],
  [
    'spinlock_t l; [[mm::atomic]] void f(void) { «spin_lock(&l)»; g = 1; }',
    "'spin_lock' may block, and 'f' is [[mm::atomic]]",
  ],
  [
    'static void h(spinlock_t *l) { spin_lock(l); } spinlock_t l; [[mm::atomic]] void f(void) { «h(&l)»; }',
    "'h' may block, and 'f' is [[mm::atomic]]",
  ],
  // Syntax
  ['void f(void) { g = 1 «g» = 2; }', "expected ';' before 'g'"],
  ['void f(void) { if (g «{» } }', "expected ')' before '{'"],
  ['void f(void) { g = «;» }', "expected an expression before ';'"],
  ['void f(void) { g = 1; } «}»', "this '}' closes nothing"],
  ['void f(void) «{» if (g) { g = 1; }', "this '{' is never closed"],
  ['void f(void) { g = page[1«)»; }', "expected ']' before ')'"],
  ['void f(void) { «else» g = 1; }', "'else' without 'if'"],
  ['«DEFINE_THING(x);»', "'DEFINE_THING(x)' stands outside any function"],
];

describe('mistakes: place and message', () => {
  test.each(MISTAKES)('%s', (source, message) => {
    const { text, line, col, under } = marked(BEFORE + source);
    const list = refuse(text);
    expect(messages(list)).toEqual([`main.c:${line}:${col}: ${message}`]);
    const [d] = list;
    expect(d?.sourceLine.slice(d.caret.from - 1, d.caret.to - 1)).toBe(under);
  });
});

describe('linking', () => {
  const header = {
    'h.h': '#pragma once\nstruct page { int a; };\nint fault(struct page *p);\nextern int g;\n',
  };
  const scenario =
    '#include <h.h>\nstruct page page;\n[[mm::thread]] void CPU0(void) { g = fault(&page); }\n';

  test('a protocol and a scenario', () => {
    const protocol = '#include <h.h>\nint g;\nint fault(struct page *p) { return p->a; }\nstatic int own;';
    const result = run('', {
      units: { 'p.c': protocol, 's.c': `${scenario}static int own;` },
      headers: header,
    });
    expect(result.ok && result.model.globals.map((v) => v.unique)).toEqual(['g', 'own', 'page', "own'2"]);
    expect(result.ok && result.model.sources.map((f) => f.name)).toEqual(['p.c', 's.c', 'h.h', 'prelude.h']);
  });

  test('undefined functions and variables, with the place of use', () => {
    const list = refuse('', {
      units: { 'p.c': '#include <h.h>\nint falt(struct page *p) { return 1; }', 's.c': scenario },
      headers: header,
    });
    expect(messages(list)).toEqual([
      "s.c:3:34: undefined variable 'g'",
      "s.c:3:38: undefined function 'fault'",
    ]);
    expect(list[1]).toMatchObject({
      reason: "neither p.c nor s.c defines 'fault'",
      hint: "did you mean 'falt'?",
      notes: [{ text: 'declared here', at: { file: 'h.h', line: 3 } }],
    });
  });

  test('a function or variable defined in both', () => {
    const units = {
      'p.c': 'int g;\nint f(void) { return 1; }',
      's.c': 'int g = 2;\nint f(void) { return 2; }',
    };
    const list = refuse('', { units });
    expect(messages(list)).toEqual([
      "s.c:1:5: 'g' is defined in both files",
      "s.c:2:5: 'f' is defined twice",
    ]);
    expect(list.map((d) => d.notes[0]?.at)).toMatchObject([
      { file: 'p.c', line: 1 },
      { file: 'p.c', line: 2 },
    ]);
  });

  test('declarations that do not agree', () => {
    const units = { 'p.c': 'int f(long a) { return 1; }\nlong g;', 's.c': 'int f(int a);\nextern int g;' };
    expect(messages(refuse('', { units }))).toEqual([
      "s.c:1:5: conflicting types for 'f': 'int (int)' here, 'int (long)' before",
      "s.c:2:12: 'g' is declared as 'int' here, but as 'long' before",
    ]);
  });

  test('structs that only look alike', () => {
    const units = {
      'p.c': 'struct s { int a; };\nint f(struct s *p) { return 1; }',
      's.c': 'struct s { int a; };\nint f(struct s *p);',
    };
    const [d] = refuse('', { units });
    expect(d?.hint).toBe(
      'the types only look alike: a struct was declared twice; declare it once, in a header',
    );
  });

  test('a header that reads differently in both files', () => {
    const headers = { 'h.h': 'struct s {\n\tint a;\n#ifdef MORE\n\tint b;\n#endif\n};\n' };
    const units = { 'p.c': '#define MORE\n#include "h.h"', 's.c': '#include "h.h"' };
    expect(messages(refuse('', { units, headers }))).toEqual([
      'h.h:1:1: struct s differs between protocol and scenario',
    ]);
  });

  test('what a header defines is one thing in both files', () => {
    const headers = {
      'h.h':
        'int shared;\nstatic int helper(void) { static int calls; return calls++; }\nenum e { A };\ntypedef int t;\n',
    };
    const text = '#include "h.h"\nint NAME(void) { t x = A; return helper() + shared + x; }';
    const units = {
      'p.c': text.replace('NAME', 'p'),
      's.c': `${text.replace('NAME', 's')}\n[[mm::thread]] void T(void) { s(); }`,
    };
    const result = run('', { units, headers });
    expect(result.ok && result.model.globals.map((g) => g.unique)).toEqual(['shared', 'calls']);
    expect(result.ok && result.model.functions.filter((f) => f.name === 'helper').length).toBe(1);
  });

  test('a model without threads', () => {
    expect(messages(refuse('int g;'))).toEqual(['main.c:1:1: no function is a thread']);
  });

  test('a function of the other file that is not declared here', () => {
    const units = {
      'p.c': 'int fault(int a) { return a; }',
      's.c': '[[mm::thread]] void T(void) { fault(1); }',
    };
    expect(refuse('', { units })[0]?.hint).toBe(
      'it is defined in p.c: declare it in a header that both files include',
    );
  });
});

describe('several mistakes in one run', () => {
  test('are all reported, in order of place, also around a syntax error', () => {
    const text = `float f;
int a(void) { return x; }
void b(void) { g = 1 g = 2; }
union u { int a; };
void c(int n) { n = "s"; y(); }
void d(void) { while (1) { break } }
`;
    expect(messages(refuse(text))).toEqual([
      'main.c:1:1: floating point is not in the subset',
      "main.c:2:22: 'x' is not declared",
      "main.c:3:22: expected ';' before 'g'",
      'main.c:4:1: unions are not in the subset',
      'main.c:5:21: strings are not in the subset here',
      "main.c:5:26: function 'y' is not declared",
      "main.c:6:34: expected ';' before '}'",
    ]);
  });

  test('are cut off after twenty', () => {
    const list = refuse(Array.from({ length: 23 }, (_, i) => `int f${i}(void) { return x${i}; }`).join('\n'));
    const text = formatDiagnostics(list);
    expect(list.length).toBe(23);
    expect(text.split('\n').at(-1)).toBe('and 3 more errors');
    expect(text.match(/ error: /g)?.length).toBe(20);
  });

  test('look like gcc and kernel people would say it', () => {
    const text =
      'struct page { int count; };\n\nvoid f(struct page *p)\n{\n\tif (p) {\tp->coutn = 1.5;\n\t}\n}\n';
    expect(formatDiagnostics(refuse(text))).toMatchInlineSnapshot(`
      "main.c:5:14: error: 'struct page' has no field 'coutn'
              if (p) {        p->coutn = 1.5;
                                 ^~~~~
        hint: did you mean 'count'?
        note: main.c:1:8: struct page is defined here
      main.c:5:22: error: floating point is not in the subset
              if (p) {        p->coutn = 1.5;
                                         ^~~
        reason: a model's state is integers, pointers and locks, so that any two states can be compared exactly
        hint: use an integer constant"
    `);
  });

  test('the real prelude is no excuse', () => {
    const text = '[[mm::thread]] void T(void) { spin_lock(1); mutex_lock(); }';
    expect(messages(refuse(text, { prelude: realPrelude }))).toEqual([
      "main.c:1:41: cannot pass 'int' as 'spinlock_t *'",
      "main.c:1:45: too few arguments to 'mutex_lock': it takes 1, but 0 given",
    ]);
  });
});
