// SPDX-License-Identifier: GPL-2.0-only
// Owns the checks that no schema can make: that header, events and verdict speak of the same things, and that every
// event fits the state which the events before it have made.

import { advance, applyAll, initialState, mutableStart, type MutableState } from '../model/apply.ts';
import { stateDifference } from '../model/loop.ts';
import { memoryMap } from '../model/memory-map.ts';
import type { Event, Header, Provenance, Verdict } from '../model/recording.ts';
import { RefusedEvent } from '../model/refused-event.ts';
import { damaged } from './trace-error.ts';

/** Follows one run while it is read. All functions throw UserError `trace-damaged`. */
export class RunCheck {
  readonly #file: string;
  readonly #header: Header;
  readonly #state: MutableState;

  /** Throws when the header contradicts itself. */
  constructor(header: Header, file: string) {
    this.#file = file;
    this.#header = header;
    this.#checkHeader();
    this.#state = mutableStart(header);
  }

  /** The next event of the run, at `where` in the file. Cost: the size of the event. */
  event(event: Event, where: string): void {
    const step = this.#state.step + 1;
    try {
      advance(this.#state, event, this.#header);
    } catch (error) {
      if (!(error instanceof RefusedEvent)) throw error;
      throw damaged(this.#file, `${where}: ${error.part}`, error.found, `expected ${error.expected}`);
    }
    for (const { name, from } of event.locals) this.#checkProvenance(from, step, `${where}: locals ${name}`);
    for (const { from } of event.checks) this.#checkProvenance(from, step, `${where}: checks`);
  }

  /** The verdict, after the last of the events. */
  verdict(verdict: Verdict, events: readonly Event[]): void {
    if (verdict.safety.word === 'SAFE' && verdict.violations.length > 0)
      this.#refuse('verdict: safety.word', 'SAFE', 'expected RACY, for the verdict lists violations');
    this.#checkSteps(verdict.since, verdict.step, 'verdict');
    this.#checkCells(verdict.cells, 'verdict');
    verdict.violations.forEach((violation, i) => {
      this.#checkSteps(violation.since, violation.step, `verdict: violations[${i}]`);
      this.#checkCells(violation.cells, `verdict: violations[${i}]`);
    });
    if (verdict.loop !== undefined) this.#checkLoop(verdict.loop, events);
  }

  /** Where the run goes on at an earlier step, it must be in the same state. Cost: replays the run up to there. */
  #checkLoop(loop: number, events: readonly Event[]): void {
    const last = this.#state.step;
    if (loop > last) this.#refuse('verdict: loop', loop, `expected a step, 1 to ${last}`);
    const before = applyAll(initialState(this.#header), events.slice(0, loop - 1), this.#header);
    const found = stateDifference(before, this.#state, this.#header.threads);
    if (found === null) return;
    const values = `${JSON.stringify(found.before)} before step ${loop} and ${JSON.stringify(found.after)} after step ${last}`;
    this.#refuse('verdict: loop', loop, `expected the states to be the same, but ${found.what} is ${values}`);
  }

  #checkHeader(): void {
    const { threads, objects, sites, start } = this.#header;
    this.#checkDistinct(
      threads.map((t) => t.name),
      'threads',
    );
    this.#checkDistinct(
      objects.map((o) => o.name),
      'objects',
    );
    this.#checkDistinct(objects.flatMap((o) => o.cells.map((c) => o.name + c.field)), 'cells of objects'); // prettier-ignore
    for (const { name, cells, locks = [] } of objects) {
      for (const { owner, readers = [], queue = [] } of locks) {
        const lost = [owner, ...readers, ...queue].find(
          (f) => f !== undefined && !cells.some((c) => c.field === f),
        );
        if (lost !== undefined)
          this.#refuse(`objects: a lock of ${name}`, lost, 'expected a field of that object');
      }
    }
    if (start.length !== threads.length) {
      this.#refuse('start', start, `expected one entry for each of ${threads.length} threads`);
    }
    start.forEach(({ at, waitsFor }, i) => {
      if (at !== null && sites[at] === undefined)
        this.#refuse(`start[${i}].at`, at, 'expected a site of the header');
      if (waitsFor !== null) this.#checkCells([waitsFor], `start[${i}]`);
    });
  }

  #checkDistinct(names: readonly string[], what: string): void {
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) this.#refuse(what, name, 'expected each name once');
      seen.add(name);
    }
  }

  #checkProvenance(from: Provenance, step: number, where: string): void {
    const wrong = from.some((source, i) => source > step || source <= (from[i - 1] ?? 0));
    if (wrong) this.#refuse(where, from, `expected ascending steps, 1 to ${step}`);
  }

  #checkSteps(since: number | null, step: number | null, where: string): void {
    const last = this.#state.step;
    if (step !== null && step > last) this.#refuse(`${where}: step`, step, `expected a step, 0 to ${last}`);
    if (since !== null && since > (step ?? last))
      this.#refuse(`${where}: since`, since, `expected at most ${step ?? last}`);
  }

  #checkCells(cells: readonly string[], where: string): void {
    const lost = cells.find((cell) => !memoryMap(this.#header.objects).has(cell));
    if (lost !== undefined) this.#refuse(where, lost, 'expected a cell of the objects in the header');
  }

  #refuse(where: string, found: unknown, expected: string): never {
    throw damaged(this.#file, where, found, expected);
  }
}
