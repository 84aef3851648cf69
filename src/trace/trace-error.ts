// SPDX-License-Identifier: GPL-2.0-only
// Owns the words for what can be wrong with a trace: every UserError of the reader is made here.

import { UserError } from '../base/user-error.ts';
import { VERSION } from './version.ts';

const recordAgain = 'The file was changed or damaged after it was written; record the run again.';
const howToRecord = 'Traces are made by: mmreplay record my-fix.c truncate -o my-fix.json';

/** The file does not say what a trace says there. `where` is an event, a line, a field, or several of them. */
export function damaged(file: string, where: string, found: unknown, expected: string): UserError {
  return new UserError('trace-damaged', `${file}: ${where}: found ${shown(found)}, ${expected}`, recordAgain);
}

export function truncated(file: string): UserError {
  return new UserError(
    'trace-truncated',
    `${file}: the trace ends in the middle`,
    'It was not copied or written completely; copy it or record it again.',
  );
}

export function empty(file: string): UserError {
  return new UserError('trace-empty', `${file}: the file is empty`, howToRecord);
}

export function notJson(file: string, text: string): UserError {
  return new UserError('trace-not-json', `${file}: not JSON: it begins with ${shown(text)}`, howToRecord);
}

/** It begins as a trace does, but is no JSON; `line` is where (1-based), when that can be told. */
export function brokenJson(file: string, line: number | undefined, found: string): UserError {
  if (line !== undefined) return damaged(file, `line ${line}`, found, 'expected the JSON to go on');
  return new UserError('trace-damaged', `${file}: a trace, but not JSON all through`, recordAgain);
}

export function notATrace(file: string): UserError {
  return new UserError('trace-not-a-trace', `${file}: JSON, but not a trace of mmreplay`, howToRecord);
}

export function wrongVersion(file: string, version: string): UserError {
  return new UserError(
    'trace-version',
    `${file}: trace version ${version}; this mmreplay reads version ${VERSION}`,
    'Install the newest mmreplay, or record the run again with this one.',
  );
}

export function notText(file: string): UserError {
  return new UserError('trace-not-json', `${file}: not JSON: not even UTF-8 text`, howToRecord);
}

/** What the system says when a trace cannot be read: the codes of node:fs and node:zlib. */
export function unreadable(file: string, code: string): UserError {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError('trace-not-found', `${file}: no such file`);
    case 'EISDIR':
      return new UserError(
        'trace-is-directory',
        `${file}: a directory, not a trace`,
        'Name one of the files in it.',
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError('trace-unreadable', `${file}: you may not read it`, 'Ask its owner, or copy it.');
    case 'Z_BUF_ERROR':
      return truncated(file);
    case 'Z_DATA_ERROR':
      return new UserError(
        'trace-damaged',
        `${file}: damaged gzip data`,
        'Copy the file again, or record it again.',
      );
    case 'ERR_STRING_TOO_LONG':
      return new UserError(
        'trace-too-large',
        `${file}: too large for one JSON document`,
        'Record it as .jsonl, which is read line by line.',
      );
    default:
      return new UserError('trace-unreadable', `${file}: cannot be read (${code})`);
  }
}

/** What the system says when a file cannot be written: the codes of node:fs. */
export function notWritable(file: string, code: string): UserError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'its directory does not exist',
    ENOTDIR: 'its directory is a file',
    EISDIR: 'it is a directory',
    EACCES: 'you may not write there',
    EPERM: 'you may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EPIPE: 'nobody reads it any more',
    EFBIG: 'the file would be larger than allowed',
    EDQUOT: 'your quota is used up',
  };
  const reason = reasons[code] ?? `the system says ${code}`;
  return new UserError(
    'output-not-writable',
    `${file}: cannot be written: ${reason}`,
    'Choose another file.',
  );
}

/** A found value as short JSON that a terminal can print: no control characters, at most about 60 characters. */
function shown(found: unknown): string {
  if (found === undefined) return 'nothing';
  const text = jsonOf(typeof found === 'string' ? found.slice(0, 60) : found);
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return short.replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'something nested too deeply'; // JSON.parse takes any depth, JSON.stringify does not
  }
}
