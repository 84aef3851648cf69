// SPDX-License-Identifier: GPL-2.0-only
// Owns the list of all violations, each once: the same race is met in thousands of states, and told by the lines that race.

import { POINTER_BASE, type Num, type Program, type VarId } from '../lang/program.ts';
import { Invariants } from '../machine/invariants.ts';
import { Machine, type Option, type Outcome } from '../machine/machine.ts';
import { Watch } from './all-violations-watch.ts';
import { ableThreads } from './deadlock.ts';
import { isLimit, keyOf, type Goal, type Wrong } from './findings.ts';
import type { Space } from './interpreter.ts';
import type { Schedule } from './schedule.ts';
import {
  walking,
  type Exploration,
  type Finding,
  type Progress,
  type SearchOptions,
  type Slices,
} from './search.ts';
import { shortestSchedule } from './shortest.ts';
import { NOWHERE } from './state-graph.ts';
import { ADVICE, type CutOff } from './verdict.ts';

/** One violation: what is wrong, and the lines that race. */
export interface Distinct extends Finding {
  /**
   * Indices of Program.sites. First the line of the step that makes it wrong; then the line of the last step before it,
   * by another thread, that changed a cell which the invariant read (of a BUG: which the bad step accessed), unless there is
   * none. Of a DEADLOCK: where each thread waits that will wait for ever.
   */
  readonly lines: readonly number[];
  /** Steps of the state graph that make it wrong so. */
  readonly ways: number;
}

export interface ListedAll extends Exploration {
  /** Nearest first. Two are different when the invariant (or kind) or the lines, in whatever order, are. */
  readonly distinct: readonly Distinct[];
}

/**
 * Explores everything, violations included, then looks at every step that makes a state wrong: from one in which the
 * invariant holds to one in which it does not, and from which it can stay so until it is judged. So every line that
 * makes it wrong is listed; the line that it races with is looked for on one shortest way there. Cost: beyond the search
 * each state is judged once more, and each such step looks back over its way.
 */
export function* listingAll(program: Program, options: SearchOptions = {}): Slices<ListedAll> {
  const { exploration, ...space } = yield* walking(program, { ...options, everything: true });
  if (exploration.findings.length === 0) return { ...exploration, distinct: [] };
  // When the time is over already, a look at the nearest states is all that can be had.
  const what = exploration.limit?.what;
  const isLate = what === 'time' || what === 'interrupted';
  const lister = new Lister(space, isLate ? MOST_WHEN_LATE : Infinity);
  const { distinct, cutOff } = yield* lister.list(isLate ? {} : options);
  // What was wrong from the start, and a cycle of locks while another thread could still run into a BUG.
  const others = exploration.findings
    .filter(({ wrong }) => !distinct.some((one) => keyOf(one.wrong) === keyOf(wrong)))
    .map((finding) => ({ ...finding, lines: lister.waiting(finding), ways: 1 }));
  return {
    ...exploration,
    ...(cutOff === null ? {} : { limit: { what: cutOff, advice: ADVICE[cutOff] } }),
    distinct: [...distinct, ...others].sort((a, b) => a.depth - b.depth),
  };
}

const FAR = 0xffff;
/** States looked at between two looks at the clock. */
const EVERY = 256;
const MOST_WHEN_LATE = 100_000;

interface Retaken {
  readonly site: number;
  readonly cells: readonly VarId[];
  readonly outcome: Outcome;
}

interface Group {
  readonly wrong: Wrong;
  readonly lines: readonly number[];
  ways: number;
  /** Steps to where it is judged, by the shortest way. */
  depth: number;
  /** That way: to `from`, the step, and on from `to` as long as the invariant does not hold. */
  from: number;
  step: Option | null;
  to: number;
  /** All the steps like this one that are as near. */
  goals: Goal[];
  /** The cells that tell the line it races with. */
  cells: readonly VarId[];
}

/** So many ways of equal length are compared for their context switches. */
const MOST_GOALS = 1000;

class Lister {
  readonly #space: Space;
  readonly #program: Program;
  readonly #machine: Machine;
  readonly #invariants: Invariants;
  readonly #watch = new Watch();
  readonly #watched: Machine;
  readonly #states: number;
  readonly #expanded: number;
  /** The edge by which each state was found first, and where it starts. */
  readonly #parents: Uint32Array;
  readonly #by: Uint32Array;
  /** Of each state: invariants that do not hold, and of these the ones that are judged, as masks. */
  readonly #false: Uint32Array;
  readonly #judged: Uint32Array;
  /** Of each invariant: steps from a state in which it does not hold to one where it is judged, not holding on the way. */
  readonly #distances = new Map<number, Uint16Array>();
  readonly #groups = new Map<string, Group>();

  /** Looks at the first `most` states. */
  constructor(space: Space, most: number) {
    this.#space = space;
    this.#machine = space.machine;
    this.#program = space.machine.program;
    this.#invariants = new Invariants(this.#program, this.#machine.memory);
    this.#watched = new Machine(this.#program, this.#machine.memory, this.#watch);
    this.#states = Math.min(space.store.count, most);
    this.#expanded = Math.min(space.graph.expanded, most);
    this.#parents = new Uint32Array(this.#states);
    this.#by = new Uint32Array(this.#states).fill(NOWHERE);
    this.#false = new Uint32Array(this.#states);
    this.#judged = new Uint32Array(this.#states);
  }

  /** Those found until the time is over; in slices. */
  *list({ isExpired, isInterrupted }: SearchOptions): Slices<{
    readonly distinct: readonly Distinct[];
    readonly cutOff: CutOff | null;
  }> {
    const { graph, judge } = this.#space;
    let cutOff: CutOff | null = null;
    const look = (): void => {
      if (isExpired?.()) cutOff ??= 'time';
      if (isInterrupted?.()) cutOff ??= 'interrupted';
    };
    this.#findParents();
    for (let state = 0; state < this.#states && cutOff === null; state += 1) {
      this.#judge(state);
      if (state % EVERY !== 0) continue;
      yield this.#progress(this.#states - state);
      look();
    }
    if (cutOff !== null) return { distinct: [], cutOff };
    for (const index of judge.ofStates) {
      this.#measure(index);
      yield this.#progress(this.#states);
    }
    this.#atStart();
    for (let state = 0; state < this.#expanded && cutOff === null; state += 1) {
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1)
        this.#look(state, edge);
      if (state % EVERY !== 0) continue;
      yield this.#progress(this.#expanded - state);
      look();
    }
    if (this.#states === this.#space.store.count) this.#deadlocks();
    return { distinct: [...this.#groups.values()].map((group) => this.#distinct(group)), cutOff };
  }

  #progress(queue: number): Progress {
    const { graph, store } = this.#space;
    const bytes = store.bytes + graph.bytes;
    return { states: this.#states, transitions: graph.edgeCount, depth: graph.layers.length, queue, bytes };
  }

  /** Of a deadlock: where the threads that cannot step wait. */
  waiting({ wrong, schedule }: Finding): readonly number[] {
    if (wrong.kind !== 'deadlock') return [];
    this.#goTo(this.#walkFrom(0, schedule));
    const { threads } = this.#program;
    const stuck = threads
      .map((_, thread) => thread)
      .filter((thread) => this.#machine.optionsOf(thread).length === 0);
    return stuck.flatMap((thread) => this.#machine.peek(thread, ({ node }) => node.site) ?? []);
  }

  #findParents(): void {
    const { graph } = this.#space;
    for (let state = 0; state < this.#expanded; state += 1) {
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
        const to = graph.targetOf(edge);
        if (to === 0 || to >= this.#states || this.#by[to] !== NOWHERE) continue;
        this.#parents[to] = state;
        this.#by[to] = edge;
      }
    }
  }

  #goTo(state: number): void {
    const { packing, store } = this.#space;
    packing.unpack(store.words, store.offset(state), this.#machine.memory.vector);
    this.#machine.forget();
  }

  #judge(state: number): void {
    this.#goTo(state);
    for (const index of this.#space.judge.ofStates) {
      const judgement = this.#invariants.judge(index);
      if (judgement === 'holds') continue;
      const isJudged = this.#invariants.isIdle(index);
      if (judgement === 'violated') {
        this.#false[state]! |= 1 << index;
        if (isJudged) this.#judged[state]! |= 1 << index;
      } else if (isJudged && this.#by[state] !== NOWHERE) {
        const wrong = { kind: 'trouble', trouble: judgement } as const;
        this.#note(wrong, [judgement.site], this.#parents[state]!, this.#stepOf(this.#by[state]!), state, 0);
      }
    }
  }

  #measure(index: number): void {
    const { graph } = this.#space;
    const bit = 1 << index;
    const distances = new Uint16Array(this.#states).fill(FAR);
    for (let state = 0; state < this.#states; state += 1)
      if (this.#judged[state]! & bit) distances[state] = 0;
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (let state = this.#expanded - 1; state >= 0; state -= 1) {
        if ((this.#false[state]! & bit) === 0) continue;
        let best = distances[state]!;
        for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1)
          best = Math.min(best, (distances[graph.targetOf(edge)] ?? FAR) + 1);
        if (best >= distances[state]!) continue;
        distances[state] = best;
        isChanged = true;
      }
    }
    this.#distances.set(index, distances);
  }

  #atStart(): void {
    for (const [invariant, distances] of this.#distances)
      if (distances[0] !== FAR) this.#note({ kind: 'invariant', invariant }, [], 0, null, 0, distances[0]!);
  }

  /** One step of the graph: does it make something wrong? */
  #look(state: number, edge: number): void {
    const { graph, judge } = this.#space;
    const to = graph.targetOf(edge);
    const step = this.#stepOf(edge);
    if (to === NOWHERE) {
      this.#trouble(state, step);
      return;
    }
    if (to >= this.#states) return;
    const turned = this.#false[to]! & ~this.#false[state]!;
    if (turned !== 0) {
      for (const [invariant, distances] of this.#distances) {
        if ((turned & (1 << invariant)) === 0 || distances[to] === FAR) continue;
        this.#goTo(to);
        const { cells } = this.#invariants.explain(invariant);
        this.#race({ kind: 'invariant', invariant }, state, step, to, cells, distances[to]!);
      }
    }
    if (judge.ofSteps.length > 0) this.#ensured(state, step, to);
  }

  #ensured(state: number, step: Option, to: number): void {
    this.#goTo(state);
    this.#machine.take(step.thread, step.choice);
    for (const invariant of this.#space.judge.ofSteps) {
      const { when } = this.#program.invariants[invariant]!;
      if (when.kind !== 'ensures' || !this.#machine.ended.includes(when.operation)) continue;
      if (this.#invariants.judge(invariant) !== 'violated') continue;
      const { cells } = this.#invariants.explain(invariant);
      this.#race({ kind: 'invariant', invariant }, state, step, to, cells, 0);
      this.#goTo(state);
      this.#machine.take(step.thread, step.choice);
    }
    this.#machine.undo();
  }

  #trouble(state: number, step: Option): void {
    const { outcome, cells } = this.#retake(state, step);
    if (typeof outcome === 'string') return;
    const wrong = { kind: 'trouble', trouble: outcome } as const;
    if (isLimit(wrong)) return;
    const lines = [outcome.site, ...this.#lastChange(state, step.thread, cells)];
    this.#note(wrong, lines, state, step, state, 0, cells);
  }

  #race(wrong: Wrong, state: number, step: Option, to: number, cells: readonly VarId[], more: number): void {
    const { site } = this.#retake(state, step);
    this.#note(wrong, [site, ...this.#lastChange(state, step.thread, cells)], state, step, to, more, cells);
  }

  /** Takes a step of the graph again, watched: its line, and the cells that it accesses. */
  #retake(state: number, { thread, choice }: Option): Retaken {
    this.#goTo(state);
    this.#watch.clear();
    const outcome = this.#watched.take(thread, choice);
    if (outcome !== 'blocked') this.#watched.undo();
    const accessed = [...this.#watch.accessed].filter((id) => id < this.#program.cells);
    const cells = [...accessed, ...this.#poolStates(this.#watch.values)];
    return { site: this.#watch.site, cells, outcome };
  }

  /** Whether what pointers point at is allocated: the cells that say so. */
  #poolStates(pointers: Iterable<number>): readonly VarId[] {
    return [...pointers].flatMap((pointer) => {
      const target = Math.floor(pointer / 2) - POINTER_BASE;
      return this.#program.pools.flatMap(({ members, size, states }) =>
        states.filter((_, index) => target >= members[index]! && target < members[index]! + size),
      );
    });
  }

  /** Back on the way to `state`: the line of the last step by another thread than `thread` that changed one of the cells. */
  #lastChange(state: number, thread: number, cells: readonly VarId[]): number[] {
    const { graph } = this.#space;
    const { vector } = this.#machine.memory;
    this.#goTo(state);
    let after = cells.map((cell) => vector[cell]!);
    for (let at = state; at !== 0; at = this.#parents[at]!) {
      this.#goTo(this.#parents[at]!);
      const before: Num[] = cells.map((cell) => vector[cell]!);
      const step = this.#stepOf(this.#by[at]!);
      if (graph.threadOf(this.#by[at]!) !== thread && before.some((value, i) => value !== after[i]))
        return [this.#retake(this.#parents[at]!, step).site];
      after = before;
    }
    return [];
  }

  #deadlocks(): void {
    const { graph, judge } = this.#space;
    const able = ableThreads(graph, this.#states, -1);
    const stuckIn = (state: number): number => judge.mortal & ~able[state]!;
    if (stuckIn(0) !== 0) this.#noteDeadlock(stuckIn(0), 0, null, 0);
    for (let state = 0; state < graph.expanded; state += 1) {
      if (stuckIn(state) !== 0) continue;
      for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge += 1) {
        const to = graph.targetOf(edge);
        if (to === NOWHERE || stuckIn(to) === 0) continue;
        this.#noteDeadlock(stuckIn(to), state, this.#stepOf(edge), to);
      }
    }
  }

  #noteDeadlock(stuck: number, from: number, step: Option | null, to: number): void {
    this.#goTo(to);
    const sites = this.#program.threads.flatMap((_, thread) =>
      (stuck >> thread) & 1 ? (this.#machine.peek(thread, ({ node }) => node.site) ?? []) : [],
    );
    this.#note({ kind: 'deadlock' }, sites, from, step, to, 0);
  }

  #note(
    wrong: Wrong,
    lines: readonly number[],
    from: number,
    step: Option | null,
    to: number,
    more: number,
    cells: readonly VarId[] = [],
  ): void {
    const places = lines.map((site) => this.#placeOf(site));
    const key = `${keyOf(wrong)} ${[...new Set(places)].sort().join(' ')}`;
    const depth = this.#space.graph.depthOf(from) + (step === null ? 0 : 1) + more;
    const known = this.#groups.get(key);
    const goals = [{ state: from, step }];
    if (known === undefined) {
      this.#groups.set(key, { wrong, lines, ways: 1, depth, from, step, to, goals, cells });
      return;
    }
    known.ways += 1;
    if (depth < known.depth) Object.assign(known, { wrong, lines, depth, from, step, to, goals, cells });
    else if (
      depth === known.depth &&
      this.#space.graph.depthOf(from) === this.#space.graph.depthOf(known.from)
    )
      if (known.goals.length < MOST_GOALS) known.goals.push(...goals);
  }

  #placeOf(site: number): string {
    return `${this.#program.sites[site]?.file}:${this.#program.sites[site]?.line}`;
  }

  #stepOf(edge: number): Option {
    const { graph } = this.#space;
    return { thread: graph.threadOf(edge), choice: graph.choiceOf(edge) };
  }

  #distinct(group: Group): Distinct {
    const { wrong, lines, ways, step } = group;
    const schedule = [
      ...(this.#straightest(group) ?? [...this.#wayTo(group.from), ...(step === null ? [] : [step])]),
    ];
    const last = schedule.at(-1)?.thread ?? -1;
    const to = wrong.kind === 'trouble' && step !== null ? group.from : this.#walkFrom(0, schedule);
    this.#goTo(to);
    if (wrong.kind === 'invariant') schedule.push(...this.#onwards(wrong.invariant, to, last));
    const message = this.#space.judge.describe(wrong);
    return { wrong, message, depth: schedule.length, schedule, lines, ways };
  }

  /** Of the ways to steps that are as near, that with the fewest context switches, if the same lines race on it. */
  #straightest({ wrong, from, step, lines, goals, cells }: Group): Schedule | null {
    const { graph } = this.#space;
    if (step === null) return null;
    const depth = graph.depthOf(from) + 1;
    const schedule = shortestSchedule(graph, { depth, goals }, this.#program.threads.length);
    if (wrong.kind === 'deadlock') return null;
    const other = this.#lastChangeOn(schedule, cells);
    const isSame =
      (other === null ? undefined : this.#placeOf(other)) ===
      (lines[1] === undefined ? undefined : this.#placeOf(lines[1]));
    return isSame ? schedule : null;
  }

  /** As #lastChange, on a way that is given. */
  #lastChangeOn(schedule: Schedule, cells: readonly VarId[]): number | null {
    const { vector } = this.#machine.memory;
    const last = schedule.at(-1)!.thread;
    let line: number | null = null;
    this.#goTo(0);
    for (const { thread, choice } of schedule.slice(0, -1)) {
      const before = cells.map((cell) => vector[cell]!);
      this.#watch.clear();
      this.#watched.take(thread, choice);
      const { site } = this.#watch;
      if (thread !== last && cells.some((cell, i) => vector[cell] !== before[i])) line = site;
    }
    this.#watched.forget();
    return line;
  }

  /** The state that a schedule leads to. */
  #walkFrom(from: number, schedule: Schedule): number {
    const { graph } = this.#space;
    let state = from;
    for (const { thread, choice } of schedule) {
      let edge = graph.firstEdge(state);
      while (graph.threadOf(edge) !== thread || graph.choiceOf(edge) !== choice) edge += 1;
      state = graph.targetOf(edge);
    }
    return state;
  }

  #wayTo(state: number): Option[] {
    const steps: Option[] = [];
    for (let at = state; at !== 0; at = this.#parents[at]!) steps.push(this.#stepOf(this.#by[at]!));
    return steps.reverse();
  }

  /**
   * From a state in which the invariant does not hold to the nearest one in which that is judged; the machine goes along.
   * The thread `last` goes on where it can.
   */
  #onwards(invariant: number, from: number, last: number): Schedule {
    const { graph } = this.#space;
    const distances = this.#distances.get(invariant);
    const steps: Option[] = [];
    let thread = last;
    for (let at = from; distances !== undefined && distances[at]! > 0;) {
      const edges: number[] = [];
      for (let edge = graph.firstEdge(at); edge < graph.firstEdge(at + 1); edge += 1)
        if (distances[graph.targetOf(edge)] === distances[at]! - 1) edges.push(edge);
      const next = edges.find((edge) => graph.threadOf(edge) === thread) ?? edges[0]!;
      thread = graph.threadOf(next);
      steps.push(this.#stepOf(next));
      at = graph.targetOf(next);
    }
    this.#goTo(this.#walkFrom(from, steps));
    return steps;
  }
}
