// SPDX-License-Identifier: GPL-2.0-only
// Owns the reading of C files: which file on disk an argument or an #include means, and what it is called in a trace.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { must } from '../base/assert.ts';
import { UserError } from '../base/user-error.ts';
import { resolveName, type Named } from './model-names.ts';
import { logicalName, readShipped, shippedNames, type Kind } from './shipped.ts';

/** As the front end takes it. `name` is the logical one, in which no path of this machine ever stands. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/**
 * The files of one model. Shipped ones are called protocols/x.c, scenarios/x.c, include/x.h; the user's by their file
 * name, and by the path from there when an #include reaches into a folder.
 */
export class ModelFiles {
  readonly #includeDirs: readonly string[];
  /** Logical name -> path, of the user's files that were read. */
  readonly #paths = new Map<string, string>();

  constructor(includeDirs: readonly string[]) {
    for (const dir of includeDirs) {
      if (probe(dir) !== 'directory')
        throw new UserError('include-dir', `-I ${dir}: there is no such directory`);
    }
    this.#includeDirs = includeDirs;
  }

  /** Some file that was read so far is not a shipped one. */
  get hasOwn(): boolean {
    return this.#paths.size > 0;
  }

  /** The protocol or scenario of the command line. Throws UserError when there is none, or it cannot be read. */
  entry(kind: Kind, given: string): Source {
    const named = this.#named(kind, given);
    if ('file' in named) return this.#read(named.file, path.basename(named.file));
    const name = logicalName(kind, named.name);
    return { name, text: must(readShipped(name), name) };
  }

  /** Tells those who mixed up the two names, or left out the .c of their file. */
  #named(kind: Kind, given: string): Named {
    try {
      return resolveName(kind, given, shippedNames(kind));
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== `${kind}-unknown`) throw error;
      const other = kind === 'protocol' ? 'scenario' : 'protocol';
      if (shippedNames(other).includes(given)) {
        const hint = 'The protocol comes first, then the scenario.';
        throw new UserError(error.code, `'${given}' is a ${other}, not a ${kind}`, hint);
      }
      if (given === '' || probe(`${given}.c`) !== 'file') throw error;
      throw new UserError(
        error.code,
        `there is no ${kind} '${given}'`,
        `There is a file ${given}.c: name it with its .c.`,
      );
    }
  }

  /** What `#include` of `wanted` in `from` means: beside it, then in each -I, then among the shipped headers. */
  readonly include = (wanted: string, from: string): Source | undefined => {
    const beside = path.posix.join(path.posix.dirname(from), wanted);
    const fromPath = this.#paths.get(from);
    if (fromPath !== undefined) {
      const found = path.join(path.dirname(fromPath), wanted);
      if (probe(found) === 'file') return this.#read(found, beside);
    }
    for (const dir of this.#includeDirs) {
      const found = path.join(dir, wanted);
      if (probe(found) === 'file') return this.#read(found, path.posix.normalize(wanted));
    }
    for (const name of fromPath === undefined ? [beside, `include/${wanted}`] : [`include/${wanted}`]) {
      const text = readShipped(name);
      if (text !== undefined) return { name, text };
    }
    return undefined;
  };

  #read(file: string, name: string): Source {
    const found = probe(file);
    if (found === 'directory')
      throw new UserError('source-is-directory', `${file}: is a directory, not a C file`);
    if (found === 'nothing') {
      const hint = file.includes('/')
        ? undefined
        : 'The models of mmreplay are named without .c: see mmreplay list.';
      throw new UserError('source-not-found', `${file}: no such file`, hint);
    }
    const known = this.#paths.get(name);
    const text = textOf(file);
    if (known !== undefined && realpathSync(known) !== realpathSync(file)) {
      throw new UserError(
        'source-names-collide',
        `${known} and ${file} would both be called ${name} in a trace`,
        'Rename one of them.',
      );
    }
    this.#paths.set(name, file);
    return { name, text };
  }
}

/** A pipe (`<(…)` of a shell) counts as a file; it can be read once. */
function probe(file: string): 'file' | 'directory' | 'nothing' {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return 'nothing';
    return found.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    // What may not even be looked at is there; reading it will say why not.
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'nothing' : 'file';
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EACCES' || code === 'EPERM' ? 'you may not read it' : `cannot be read (${code})`;
    throw new UserError('source-unreadable', `${file}: ${why}`);
  }
}
