// SPDX-License-Identifier: GPL-2.0-only
// From what is typed to C files: names and parts of names, files of the user, headers, and what is said when none fits.
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ModelFiles } from '../../src/cli/model-files.ts';
import { resolveName } from '../../src/cli/model-names.ts';
import { temporaryFolder } from './fake-io.ts';

const names = ['2001-stock', '2003-counter', '2003-frlock', '2006-page-lock'];

describe('names', () => {
  test.each<[string, string]>([
    ['2003-frlock', '2003-frlock'],
    ['frlock', '2003-frlock'],
    ['FRL', '2003-frlock'],
    ['page', '2006-page-lock'],
  ])('%s is %s', (given, name) => {
    expect(resolveName('protocol', given, names)).toEqual({ name });
  });

  test('a whole name is no part of a longer one', () => {
    expect(resolveName('scenario', 'truncate', ['truncate', 'truncate-extend'])).toEqual({
      name: 'truncate',
    });
  });

  test.each(['my-fix.c', './my-fix', 'a/b', '/tmp/x.c'])('%s is a file', (file) => {
    expect(resolveName('protocol', file, names)).toEqual({ file });
  });

  test.each<[string, string]>([
    ['2003', "'2003' fits more than one protocol: 2003-counter, 2003-frlock"],
    ['lock', "'lock' fits more than one protocol: 2003-frlock, 2006-page-lock"],
    ['frlokc', "there is no protocol 'frlokc'; did you mean 2003-frlock?"],
    ['2003-frlok', "there is no protocol '2003-frlok'; did you mean 2003-frlock?"],
    ['pagelock', "there is no protocol 'pagelock'; did you mean 2006-page-lock?"],
    ['xyzzy', "there is no protocol 'xyzzy'"],
    ['', "there is no protocol ''"],
  ])('%s is refused', (given, message) => {
    expect(() => resolveName('protocol', given, names)).toThrow(message);
  });
});

describe('files', () => {
  const at = temporaryFolder();
  for (const folder of ['model', 'model/sub', 'inc', 'other']) mkdirSync(at(folder));
  const files = {
    'model/fix.c': '#include "mine.h"',
    'model/mine.h': '/* mine */',
    'model/sub/deep.h': '/* deep */',
    'inc/dir.h': '/* from -I */',
    'inc/fs.h': '/* instead of the shipped one */',
    'other/fix.c': '/* another fix */',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);

  test('the user’s file is called by its name alone', () => {
    expect(new ModelFiles([]).entry('protocol', at('model/fix.c'))).toEqual({
      name: 'fix.c',
      text: files['model/fix.c'],
    });
  });

  test('shipped models and headers by where they lie in mmreplay', () => {
    const model = new ModelFiles([]);
    expect(model.entry('protocol', 'stock')).toMatchObject({ name: 'protocols/2001-stock.c' });
    expect(model.include('contract.h', 'protocols/2001-stock.c')).toMatchObject({
      name: 'include/contract.h',
    });
    expect(model.include('fs.h', 'include/contract.h')).toMatchObject({ name: 'include/fs.h' });
    expect(model.include('../../cli/main.ts', 'protocols/2001-stock.c')).toBeUndefined();
  });

  test('#include looks beside the file, then in each -I, then among the shipped headers', () => {
    const model = new ModelFiles([at('inc')]);
    model.entry('protocol', at('model/fix.c'));
    expect(model.include('mine.h', 'fix.c')).toEqual({ name: 'mine.h', text: '/* mine */' });
    expect(model.include('sub/deep.h', 'fix.c')).toEqual({ name: 'sub/deep.h', text: '/* deep */' });
    expect(model.include('../mine.h', 'sub/deep.h')).toEqual({ name: 'mine.h', text: '/* mine */' });
    expect(model.include('dir.h', 'fix.c')).toEqual({ name: 'dir.h', text: '/* from -I */' });
    expect(model.include('fs.h', 'fix.c')).toMatchObject({ name: 'fs.h' });
    expect(model.include('contract.h', 'fix.c')).toMatchObject({ name: 'include/contract.h' });
    expect(model.include('nowhere.h', 'fix.c')).toBeUndefined();
  });

  test.each<[string, string]>([
    [at('missing.c'), 'no such file'],
    [at('model/'), 'is a directory, not a C file'],
    [at('model/fix.c/x.c'), 'no such file'],
    ['missing.c', 'missing.c: no such file'],
  ])('%s is refused', (given, message) => {
    expect(() => new ModelFiles([]).entry('protocol', given)).toThrow(message);
  });

  test('the two names mixed up, and a file without its .c', () => {
    expect(() => new ModelFiles([]).entry('protocol', 'truncate')).toThrow(
      "'truncate' is a scenario, not a protocol",
    );
    const inFolder = process.cwd();
    try {
      process.chdir(at('model'));
      expect(() => new ModelFiles([]).entry('protocol', 'fix')).toThrow(
        expect.objectContaining({ hint: 'There is a file fix.c: name it with its .c.' }),
      );
    } finally {
      process.chdir(inFolder);
    }
  });

  test('two files of one name are refused, one file twice is not', () => {
    const model = new ModelFiles([]);
    model.entry('protocol', at('model/fix.c'));
    model.entry('scenario', at('model/../model/fix.c'));
    expect(() => model.entry('scenario', at('other/fix.c'))).toThrow('would both be called fix.c in a trace');
  });

  test('a -I that is no directory is refused', () => {
    expect(() => new ModelFiles([at('nowhere')])).toThrow('there is no such directory');
  });
});
