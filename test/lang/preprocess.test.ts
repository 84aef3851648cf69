// SPDX-License-Identifier: GPL-2.0-only
// Owns the preprocessor's proof: what it expands, what it refuses, and that every position survives.

import { describe, expect, test } from 'vitest';
import { definesOf, formatDiagnostics } from '../../src/lang/front.ts';
import { accept, bodyOf, fn, messages, refuse, run, smallPrelude } from './front-support.ts';

const body = (text: string, options = {}): string => bodyOf(accept(text, options), 'f').join(' ');

describe('macros', () => {
  test.each([
    ['#define N 3\nint f(void) { return N + N; }', 'return 6;'],
    ['#define N (M)\n#define M 4\nint f(void) { return N; }', 'return 4;'],
    [
      '#define MAX(a, b) ((a) > (b) ? (a) : (b))\nint f(int x) { return MAX(x - 1, 3); }',
      'return (((x - 1) > 3) ? (x - 1) : 3);',
    ],
    ['#define SUB(a, b) ((a) - (b))\nint f(int x) { return SUB(x, x); }', 'return (x - x);'],
    ['#define TWICE(x) do { x; x; } while (0)\nvoid f(int n) { TWICE(n++); }', 'do { n++; n++; } while (0);'],
    ['#define F(x) g(x, x)\n#define g(a, b) a + b\nint f(int n) { return F(F(1)); }', 'return 4;'],
    ['#define ADD(a, \\\n\tb) ((a) + \\\n\t(b))\nint f(int n) { return ADD(n,\n\t\t1); }', 'return (n + 1);'],
    [
      '#define CALL(fn, x) fn(x)\nint h(int a) { return a; }\nint f(void) { return CALL(h, (1, 2)); }',
      'return h((1, 2));',
    ],
    ['#define N 1\n#undef N\n#define N 2\nint f(void) { return N; }', 'return 2;'],
    ['#define F(x) x\nint F;\nint f(void) { return F + F(1); }', 'return (F + 1);'],
    ['#define EMPTY()\nint f(int n) { EMPTY() return n; }', 'return n;'],
    ['int f(int n) { /* N " */ return n; // it\'s \\\n still a comment\n}', 'return n;'],
    ['#define N 1 /* one */ + 1 // two\nint f(void) { return N; }', 'return 2;'],
    [
      '#define LOOP(i, n) for (i = 0; i < (n); i++)\nvoid f(int n) { int i; LOOP(i, n) { n--; } }',
      'int i; for (i = 0; (i < n); i++) { n--; }',
    ],
    ['int f(void) { return __MMREPLAY__; }', 'return 1;'],
  ])('%s', (text, wanted) => {
    expect(body(text)).toBe(wanted);
  });

  test('a macro is not expanded in itself', () => {
    const model = accept(
      '#define f2(x) f2((x) + 1)\nint (f2)(int a) { return a; }\nint f(int n) { return f2(n); }',
    );
    expect(bodyOf(model, 'f')).toEqual(['return f2((n + 1));']);
  });

  test.each([
    ['#define A\n#ifdef A\n#define R 1\n#else\n#define R 2\n#endif', 1],
    ['#ifndef A\n#define R 1\n#elif 1\n#define R 2\n#endif', 1],
    [
      '#if defined(A) || defined B\n#define R 1\n#elif !defined(A) && __MMREPLAY__\n#define R 2\n#else\n#define R 3\n#endif',
      2,
    ],
    ['#define V 3\n#if V * 2 == 6 && (V > 2 ? 1 : 0)\n#define R 1\n#endif', 1],
    ['#if 0\n#if 1\n#error no\n#endif\n it\'s skipped "\n#else\n#define R 4\n#endif', 4],
    ["#if 'a' == 97 && 0x10 == 16 && -1 < 0 && (1 << 3) == 8 && UNKNOWN == 0\n#define R 1\n#endif", 1],
    ['#ifdef A\n#elifndef B\n#define R 5\n#endif', 5],
    ['#define F(x) ((x) + 1)\n#if F(1) == 2\n#define R 6\n#endif', 6],
    ['#if 0 && (1 / 0)\n#endif\n#define R 7', 7],
  ])('%s', (text, wanted) => {
    expect(body(`${text}\nint f(void) { return R; }`)).toBe(`return ${wanted};`);
  });
});

describe('includes', () => {
  test('guards, #pragma once, nesting', () => {
    const headers = {
      'a.h': '#ifndef A_H\n#define A_H\n#include "b.h"\nint a;\n#endif\n',
      'b.h': '#pragma once\nint b;\n',
    };
    expect(
      body('#include <a.h>\n#include "b.h"\n#include "a.h"\nint f(void) { return a + b; }', { headers }),
    ).toBe('return (a + b);');
  });

  test('a file that includes itself', () => {
    const headers = { 'a.h': '#include "b.h"\n', 'b.h': '#include "a.h"\n' };
    const list = refuse('#include "a.h"', { headers });
    expect(messages(list)[0]).toBe("b.h:1:2: 'a.h' includes itself: a.h -> b.h -> a.h");
    expect(list[0]?.notes.map((n) => `${n.at?.file}:${n.at?.line}`)).toEqual(['a.h:1', 'main.c:1']);
  });

  test('a header that is not there', () => {
    expect(messages(refuse('#include <linux-2.7.h>'))[0]).toBe("main.c:1:2: cannot find 'linux-2.7.h'");
  });

  test('a mistake in a header says who included it', () => {
    const list = refuse('#include "a.h"\n[[mm::thread]] void T(void) { }', {
      headers: { 'a.h': '\nfloat x;\n' },
    });
    expect(formatDiagnostics(list)).toContain('a.h:2:1: error: floating point');
    expect(formatDiagnostics(list)).toContain('  note: main.c:1:2: included from here');
  });
});

describe('positions survive', () => {
  const where = (text: string, options = {}): string[] => messages(refuse(text, options));

  test('tabs and continuation lines', () => {
    expect(where('void f(void)\n{\n\t\tx = 1;\n}')).toEqual(["main.c:3:3: 'x' is not declared"]);
    expect(where('void f(int n)\n{\n\tn = 1 + \\\n\t    x;\n}')).toEqual(["main.c:4:6: 'x' is not declared"]);
    expect(where('void f(int n) { n = lo\\\nng; }')).toEqual(["main.c:1:21: 'long' cannot stand here"]);
    expect(where('int y; void f(void) { /* a\n b */ x = 1; }')).toEqual(["main.c:2:7: 'x' is not declared"]);
    expect(where('void f(void)\r\n{\r\n\tx = 1;\r\n}\r\n')).toEqual(["main.c:3:2: 'x' is not declared"]);
  });

  test('the caret stands under the word, also after tabs', () => {
    const [, line, caret] = formatDiagnostics(refuse('void f(void)\n{\n\tint a;\tyy = 1;\n}')).split('\n');
    expect(line).toBe('        int a;  yy = 1;');
    expect(caret).toBe('                ^~');
  });

  test('what a macro says is at its invocation, with a note; what an argument says is at the argument', () => {
    const text =
      '#define SET(v) do {\\\n\tv = undefined_thing; } while (0)\nint g;\nvoid f(void)\n{\n\tSET(g);\n\tSET(gg);\n}';
    const list = refuse(text);
    expect(messages(list)).toEqual([
      "main.c:6:2: 'undefined_thing' is not declared",
      "main.c:7:2: 'undefined_thing' is not declared",
      "main.c:7:6: 'gg' is not declared",
    ]);
    expect(list[0]?.sourceLine.slice(1, (list[0]?.caret.to ?? 0) - 1)).toBe('SET(g)');
    expect(list[0]?.notes).toEqual([
      {
        text: "in expansion of macro 'SET', defined here",
        at: { file: 'main.c', line: 1, col: 9, endLine: 1, endCol: 12 },
      },
    ]);
    expect(list[2]?.notes).toEqual([]);
  });

  test('macros inside macros', () => {
    const list = refuse('#define IN(x) (x + bad)\n#define OUT(x) IN(x)\nint f(int n) { return OUT(n); }');
    expect(messages(list)).toEqual(["main.c:3:23: 'bad' is not declared"]);
    expect(list[0]?.notes.map((n) => n.text)).toEqual([
      "in expansion of macro 'IN', defined here",
      "in expansion of macro 'OUT', defined here",
    ]);
  });

  test('statements of macros stand at the invocation, arguments where they are', () => {
    const model = accept(
      '#define GET(p) READ_ONCE((p)->a)\nstruct s { int a; } s;\nint f(struct s *p)\n{\n\tint x = GET(p) +\n\t\tp->a;\n\treturn x;\n}',
    );
    const { body: block } = fn(model, 'f');
    const [first] = block?.kind === 'block' ? block.body : [];
    const init = first?.kind === 'declare' && first.init?.kind === 'expr' ? first.init.expr : undefined;
    expect(init?.kind === 'binary' && [init.a.at, init.b.at]).toEqual([
      { file: 'main.c', line: 5, col: 10, endLine: 5, endCol: 16 },
      { file: 'main.c', line: 6, col: 3, endLine: 6, endCol: 7 },
    ]);
    expect(init && model.textOf(init.at)).toBe('GET(p) + p->a');
    expect(init?.kind === 'binary' && model.textOf(init.a.at)).toBe('GET(p)');
  });

  test('comments and line ends are no part of a text', () => {
    const model = accept('int f(int n)\n{\n\treturn n + /* more */\n\t\t1; // done\n}');
    const { body: block } = fn(model, 'f');
    const [first] = block?.kind === 'block' ? block.body : [];
    expect(first && model.textOf(first.at)).toBe('return n + 1;');
  });
});

describe('-D', () => {
  test('gives macros, and what a model asks about is known', () => {
    const text =
      '#ifdef A\n#define R 1\n#elif defined(B)\n#define R B\n#endif\n#ifndef N\n#define N 7\n#endif\n#if N > 3 && C\n#endif\n';
    const unit = `${text}int f(void) { return R + N; }\n[[mm::thread]] void T(void) { }`;
    const result = run(unit, { defines: ['B=5', 'N=2'] });
    expect(result.ok && result.knownDefines).toEqual(['A', 'B', 'C', 'N']);
    expect(result.ok && bodyOf(result.model, 'f')).toEqual(['return 7;']);
    expect(
      definesOf({ unit: { name: 'x.c', text: unit }, prelude: smallPrelude, readSource: () => undefined }),
    ).toEqual(['A', 'B', 'C', 'N']);
  });

  test('include guards and constants of headers are no variants', () => {
    const text =
      '#ifndef X_H\n#define X_H\n#define FIXED 3\n#if FIXED > 2\n#endif\n[[mm::thread]] void T(void) { }\n#endif\n';
    const result = run(text);
    expect(result.ok && result.knownDefines).toEqual([]);
  });

  test('that nothing looks at is refused', () => {
    const text = '#ifdef NO_BACKOFF\n#endif\n#ifdef FRLOCK_SPIN\n#endif\n[[mm::thread]] void T(void) { }';
    const list = refuse(text, { defines: ['NO_BACKOF'] });
    expect(formatDiagnostics(list)).toBe(`<command line>:1:4: error: unused -D NO_BACKOF
-D NO_BACKOF
   ^~~~~~~~~
  reason: no #if and no line of the model looks at it, so it would change nothing
  hint: did you mean 'NO_BACKOFF'? (this model looks at: FRLOCK_SPIN, NO_BACKOFF)`);
  });

  test('that is no macro is refused', () => {
    for (const bad of ['3X', 'A B', '', 'A-B', 'defined']) {
      expect(messages(refuse('[[mm::thread]] void T(void) { }', { defines: [bad] }))).toEqual([
        `<command line>:1:4: '${bad}' is no macro`,
      ]);
    }
  });

  test('may be empty, negative, or used as a plain constant', () => {
    const text = 'int f(void) { return 5 - N E; }\n[[mm::thread]] void T(void) { }';
    const result = run(text, { defines: ['N=-2', 'E='] });
    expect(result.ok && bodyOf(result.model, 'f')).toEqual(['return 7;']);
  });
});

describe('refused, at the place', () => {
  test.each([
    ['#define\n', 'main.c:1:2: #define takes a name'],
    ['#define F(a, a) a', "main.c:1:14: expected a parameter's name, found 'a'"],
    ['#define F(a', 'main.c:1:10: the parameters of this macro have no closing parenthesis'],
    ['#define N 1\n#define N 2', "main.c:2:9: macro 'N' is defined again, differently"],
    ['#define defined 1', "main.c:1:9: 'defined' cannot be defined"],
    ['#define F(a) a\nint x = F(1, 2);', "main.c:2:9: macro 'F' takes 1 argument, but 2 given"],
    ['#define F(a) a\nint x = F(1;', "main.c:2:9: the call of macro 'F' has no closing parenthesis"],
    ['#error no such world', 'main.c:1:2: #error no such world'],
    ['#pragma pack(1)', 'main.c:1:2: only #pragma once is known'],
    ['#inlcude "a.h"', "main.c:1:1: unknown directive '#inlcude'"],
    ['#line 3', "main.c:1:1: unknown directive '#line'"],
    ['#if 1\nint x;', 'main.c:1:2: this conditional has no #endif'],
    ['#endif', 'main.c:1:2: #endif without #if'],
    ['#if 0\n#else\n#else\n#endif', 'main.c:3:2: #else after #else'],
    ['#if\n#endif', 'main.c:1:2: #if without an expression'],
    ['#if 1 +\n#endif', 'main.c:1:7: #if: the expression ends too early'],
    ['#if 1 2\n#endif', "main.c:1:7: #if: '2' does not belong here"],
    ['#if 1 / 0\n#endif', 'main.c:1:9: #if: division by zero'],
    [
      '#if 1.5\n#endif',
      "main.c:1:5: #if: '1.5' cannot stand here: only integers, operators and defined() can",
    ],
    ['#ifdef 3\n#endif', 'main.c:1:2: #ifdef takes one name'],
    ['#include a.h', 'main.c:1:2: #include takes "file.h" or <file.h>'],
    ['int x; /* no end', 'main.c:1:8: this comment has no end'],
    ['int x = "abc;', 'main.c:1:9: this string has no closing quote'],
    ["int x = 'ab';", "main.c:1:9: 'ab' is not one character"],
    ['int x = 1 @ 2;', "main.c:1:11: '@' is no character of C"],
    ['int x = 08;', "main.c:1:9: '08' is no integer constant"],
  ])('%s', (text, wanted) => {
    expect(messages(refuse(text))).toContain(wanted);
  });

  test('#warning warns and goes on', () => {
    const result = run('#warning not from a mail\n[[mm::thread]] void T(void) { }');
    expect(result.ok && messages(result.warnings)).toEqual(['main.c:1:2: #warning not from a mail']);
  });
});
