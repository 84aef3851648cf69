// SPDX-License-Identifier: GPL-2.0-only
// Owns the making of a recording out of parsed JSON, part by part, each checked before the next is looked at.

import type { Event, Header, Recording, Verdict } from '../model/recording.ts';
import { conform } from './conform-schema.ts';
import { sharing, toEvent } from './event-record.ts';
import { isEventRecord } from './event-shape.ts';
import { RunCheck } from './run-check.ts';
import { eventSchema, headerSchema, verdictSchema } from './schema.ts';
import { FORMAT, VERSION } from './version.ts';
import { damaged, notATrace, wrongVersion } from './trace-error.ts';

/** Something a person should be told about a trace that could be read all the same. */
export interface Notice {
  readonly code: 'trace-incomplete' | 'trace-half-line' | 'trace-newer-minor';
  readonly message: string;
}

export interface OpenedTrace {
  readonly recording: Recording;
  readonly notices: readonly Notice[];
}

/**
 * Takes the parts in the order of the file: header, events, verdict. Throws UserError trace-not-a-trace, trace-version
 * or trace-damaged at the first part that is wrong; `line` is where it stands in a .jsonl.
 */
export class RunReader {
  readonly #file: string;
  readonly #header: Header;
  readonly #check: RunCheck;
  readonly #shared = sharing();
  readonly #events: Event[] = [];
  readonly #notices: Notice[] = [];
  #verdict: Verdict | null = null;
  /** Unknown fields that stood beside the verdict of a .jsonl. */
  #beside: Record<string, unknown> = {};

  constructor(raw: unknown, file: string) {
    this.#file = file;
    if (!isTraceHeader(raw)) throw notATrace(file);
    this.#checkVersion(raw['version']);
    const { format: _format, version: _version, ...header } = conform(headerSchema, raw, file, '');
    this.#header = header;
    this.#check = new RunCheck(header, file);
  }

  event(raw: unknown, line?: number): void {
    const step = this.#events.length + 1;
    const where = line === undefined ? `event ${step}` : `line ${line}, event ${step}`;
    const record = isEventRecord(raw) ? raw : conform(eventSchema, raw, this.#file, where);
    if (record.step !== step) throw damaged(this.#file, `${where}: step`, record.step, `expected ${step}`);
    const event = toEvent(record, this.#shared);
    this.#check.event(event, where);
    this.#events.push(event);
  }

  /** `raw` holds the verdict in its field `verdict`, null or missing when the run was not recorded to its end. */
  verdict(raw: Record<string, unknown>): void {
    const { verdict, ...beside } = raw;
    this.#beside = beside;
    if (verdict === undefined || verdict === null) return;
    this.#verdict = conform(verdictSchema, verdict, this.#file, 'verdict');
    this.#check.verdict(this.#verdict, this.#events);
  }

  notice(code: Notice['code'], message: string): void {
    this.#notices.push({ code, message });
  }

  end(): OpenedTrace {
    if (this.#verdict === null) {
      this.notice(
        'trace-incomplete',
        `INCOMPLETE: the trace has no verdict; it ends after step ${this.#events.length}`,
      );
    }
    const recording = { ...this.#beside, ...this.#header, events: this.#events, verdict: this.#verdict };
    return { recording, notices: this.#notices };
  }

  #checkVersion(version: unknown): void {
    const [, major, minor] = (typeof version === 'string' && /^(\d{1,9})\.(\d{1,9})$/.exec(version)) || [];
    if (major === undefined) {
      throw damaged(this.#file, 'version', version, `expected major and minor number, such as "${VERSION}"`);
    }
    const [ours, newest] = VERSION.split('.');
    if (Number(major) !== Number(ours)) throw wrongVersion(this.#file, `${major}.${minor}`);
    if (Number(minor) > Number(newest)) {
      const message = `trace version ${major}.${minor} is newer than this mmreplay (${VERSION}): what it adds is not shown`;
      this.notice('trace-newer-minor', message);
    }
  }
}

/** Whether parsed JSON says of itself that it is a trace, or the first line of one. */
export function isTraceHeader(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && (raw as Record<string, unknown>)['format'] === FORMAT;
}
