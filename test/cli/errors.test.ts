// SPDX-License-Identifier: GPL-2.0-only
// What goes wrong is said once, on stderr, and decides the exit code.
import { expect, test } from 'vitest';
import { BugError } from '../../src/base/assert.ts';
import { UserError } from '../../src/base/user-error.ts';
import { printError, RefusedModel } from '../../src/cli/errors.ts';

function printed(error: unknown): { code: number; text: string } {
  let text = '';
  const stderr = { write: (more: string) => void (text += more), isTTY: false };
  const code = printError(error, stderr, { argv: ['inspect', 'my file.json'], version: '1.2.3' });
  return { code, text };
}

test("a user's mistake: message and hint, exit code 2, no stack", () => {
  expect(printed(new UserError('some-code', 'no such thing', 'Try another.'))).toEqual({
    code: 2,
    text: 'mmreplay: no such thing\n  Try another.\n',
  });
  expect(printed(new UserError('some-code', 'no such thing'))).toEqual({
    code: 2,
    text: 'mmreplay: no such thing\n',
  });
});

test('a refused model: what is wrong with it, then how much', () => {
  expect(printed(new RefusedModel('a.c:1:1: error: no\nx\n^', 1))).toEqual({
    code: 2,
    text: 'a.c:1:1: error: no\nx\n^\nmmreplay: 1 error in the model\n',
  });
  expect(printed(new RefusedModel('…', 3)).text).toContain('3 errors in the model');
});

test.each([new BugError('step 12: no such cell'), new TypeError('x is not a function')])(
  'our own bug: %s',
  (error) => {
    const { code, text } = printed(error);
    expect(code).toBe(70);
    expect(text).toMatch(/^mmreplay: this is a bug in mmreplay, not in your model or your trace\.\n/);
    expect(text).toContain("command: mmreplay inspect 'my file.json'\n");
    expect(text).toContain('version: 1.2.3, Node ');
    expect(text).toContain(error.message);
    expect(text).toContain('errors.test.ts');
  },
);

test('what a file says cannot move the cursor', () => {
  const evil = '\u001b[2J\u009b1m\u202e';
  for (const error of [
    new UserError('some-code', evil, evil),
    new RefusedModel(`a.c:1:1: ${evil}\n\tx`, 1),
  ]) {
    const { text } = printed(error);
    expect(text).toMatch(/^[\n\t\x20-\x7e]+$/);
    expect(text).toContain('^[[2J<9b>1m<202e>');
  }
  expect(printed(new RefusedModel('\tx', 1)).text).toMatch(/^\tx\n/);
});

test('whatever is thrown is printed', () => {
  expect(printed('just a string')).toMatchObject({
    code: 70,
    text: expect.stringContaining('just a string'),
  });
});
