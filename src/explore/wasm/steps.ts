// SPDX-License-Identifier: GPL-2.0-only
// Owns the code of steps: the nodes that one step goes through as one function, straight where control does not join,
// else blocks that jump to each other. What a step is, is said at Node in lang/program.ts.

import { END, type Node, type Pc, type VarId } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { edgesOn, findJoins, isAlways } from '../code/joins.ts';
import { ASK, BLOCKED, writtenBy, type Mark } from '../code/steps.ts';
import { Scope, type ExpressionWriter, type Places } from './expressions.ts';
import * as w from './instructions.ts';
import { I32, type Code, type Label, type Local } from './instructions.ts';
import { FunctionWriter } from './module.ts';
import type { StatementWriter } from './statements.ts';

/**
 * Where a step function leaves what else it has to tell, in bytes from `Places.cells`: the bytes of the list when it is
 * blocked; the lock it is blocked at, or -1; the choices there are (the caller sets it to 1); the invariants that are
 * due, as masks of 32 (the caller sets them to 0).
 */
export const WRITTEN = 0;
export const LOCK = 4;
export const CHOICES = 8;
export const DUE = 64;

export interface StepContext {
  readonly places: Places;
  readonly expressions: ExpressionWriter;
  readonly statements: StatementWriter;
  /** Reserves a coverage flag for these marks: the address of a byte. */
  readonly flag: (marks: readonly Mark[]) => number;
  /** The invariants to be judged when an operation ends. */
  readonly due: (operation: number) => readonly number[];
  /** Nodes after which a run counts as endless, and changes after which a step is left to the interpreter. */
  readonly longest: number;
  readonly mostWrites: number;
  /** Of these nodes: the variables that they write, and that nothing but their name leads to. */
  readonly ownWrites: (nodes: readonly Node[]) => ReadonlySet<VarId>;
}

/** The function for one step of the thread whose pc stands in `pcSlot`, and who rests before node `from`: choice -> result. */
export function stepFunction(
  code: readonly Node[],
  from: Pc,
  pcSlot: number,
  context: StepContext,
): FunctionWriter {
  return new StepWriter(code, from, pcSlot, context).fn;
}

/** A node as a step comes to it: riding to its step node, or past that. */
type Spot = `${'before' | 'after'} ${Pc}`;

/** What is known on the way to the code being written. */
interface Way {
  readonly isAfter: boolean;
  /** Edges taken since a flag was last set. */
  readonly marks: readonly Mark[];
  /** Riding nodes since they were last counted. */
  readonly rides: number;
  /** Own variables that may differ from the vector, and those that hold an ordinary value. */
  readonly written: ReadonlySet<VarId>;
  readonly ordinary: ReadonlySet<VarId>;
}

const CHOICE: Local = 0;

class StepWriter {
  readonly fn = new FunctionWriter([I32], [I32]);
  readonly #code: readonly Node[];
  readonly #from: Pc;
  readonly #pcSlot: number;
  readonly #context: StepContext;
  readonly #joins: ReadonlyMap<Spot, number>;
  readonly #labels: readonly Label[];
  readonly #again = w.newLabel();
  readonly #written: Local;
  /** The block to be gone to, and the riding nodes so far. */
  readonly #block: Local;
  readonly #rides: Local;
  readonly #own: ReadonlyMap<VarId, Local>;

  constructor(code: readonly Node[], from: Pc, pcSlot: number, context: StepContext) {
    this.#code = code;
    this.#from = from;
    this.#pcSlot = pcSlot;
    this.#context = context;
    const nodes: Node[] = [];
    this.#joins = findJoins<Spot>(`before ${from}`, (spot) => {
      const { isAfter, pc } = parse(spot);
      const node = code[pc]!;
      nodes.push(node);
      const isNowAfter = isAfter || node.step !== null;
      return edgesOn(node).flatMap(({ next }) =>
        this.#goesOn(isNowAfter, next) ? [spotOf(isNowAfter, next)] : [],
      );
    });
    this.#labels = Array.from({ length: this.#joins.size + 1 }, () => w.newLabel());
    this.#written = this.fn.local(I32);
    this.#block = this.fn.local(I32);
    this.#rides = this.fn.local(I32);
    const { expressions, statements } = context;
    expressions.scope = new Scope(this.fn, w.giveBack(w.int(ASK)), context.ownWrites(nodes));
    statements.written = this.#written;
    this.#own = expressions.scope.own;
    this.fn.body = this.#body();
  }

  #body(): Code {
    const { expressions } = this.#context;
    const { vector } = this.#context.places;
    const way: Way = { isAfter: false, marks: [], rides: 0, written: new Set(), ordinary: new Set() };
    const load = [...this.#own].map(([id, local]) => w.set(local, w.load64(w.int(0), vector + 8 * id)));
    const start = this.#node(this.#from, way);
    if (this.#joins.size === 0) return [load, start, w.unreachable];
    const blocks = [...this.#joins.keys()].map((spot) => {
      const { isAfter, pc } = parse(spot);
      expressions.scope.ordinary = new Set();
      return this.#node(pc, { ...way, isAfter, written: new Set(this.#own.keys()) });
    });
    // Block i of the text begins where the jump to label i ends.
    const inside = [start, ...blocks].reduce<Code>(
      (before, body, i) => [w.block(this.#labels[i]!, before), body],
      w.jumpTable(w.get(this.#block), this.#labels),
    );
    return [load, w.loop(this.#again, inside), w.unreachable];
  }

  /** The step goes on through this node; else it has come to its end, and the thread rests here. */
  #goesOn(isAfter: boolean, pc: Pc): boolean {
    if (pc === END) return false;
    const node = this.#code[pc]!;
    return !isRest(node) || (!isAfter && node.step !== null);
  }

  /** Goes to a place: on in the code, by a jump, or the step is over. */
  #goTo(pc: Pc, way: Way): Code {
    if (!this.#goesOn(way.isAfter, pc)) return this.#rest(pc, way);
    const block = this.#joins.get(spotOf(way.isAfter, pc));
    if (block === undefined) return this.#node(pc, way);
    return [this.#settle(way), w.set(this.#block, w.int(block)), w.jump(this.#again)];
  }

  #node(pc: Pc, way: Way): Code {
    const node = this.#code[pc]!;
    const isStep = node.step !== null;
    const isAfter = way.isAfter || isStep;
    const { expressions, statements } = this.#context;
    const { scope } = expressions;
    const take = (index: number, before: Way): Code => {
      const edge = node.edges[index]!;
      if (edge.fail !== undefined) return scope.giveUp;
      scope.ordinary = before.ordinary;
      const doing = [statements.edge(edge), this.#ending(node)];
      const written = new Set([...before.written, ...writtenBy(edge)]);
      const marks = [...before.marks, { pc, edge: index }];
      const after = { isAfter, marks, rides: before.rides, written, ordinary: scope.ordinary };
      return [doing, this.#goTo(edge.next, after)];
    };
    scope.ordinary = way.ordinary;
    const choose = node.choice === undefined ? w.NOTHING : this.#choose(node.choice);
    const into = node.choice === undefined ? [] : [node.choice.into];
    const chosen = {
      ...way,
      rides: way.rides + (isStep ? 0 : 1),
      written: new Set([...way.written, ...into]),
      ordinary: scope.ordinary,
    };
    const [first] = node.edges;
    if (first !== undefined && isAlways(first)) return [choose, take(0, chosen)];
    const code: Code[] = [this.#settle(way), choose];
    const here = { ...chosen, marks: [], rides: isStep ? 0 : 1 };
    for (const [index, edge] of node.edges.entries()) {
      if (edge.when === null || isAlways(edge)) return [...code, take(index, here)];
      scope.ordinary = here.ordinary;
      const condition = expressions.condition(edge.when);
      code.push(w.when(condition, take(index, here)));
    }
    scope.ordinary = here.ordinary;
    return [...code, isStep ? this.#blocked(node) : scope.giveUp];
  }

  #choose({ count, into }: NonNullable<Node['choice']>): Code {
    const { places, statements } = this.#context;
    return [
      w.store32(w.int(0), places.cells + CHOICES, w.int(count)),
      statements.store(into, w.widenUnsigned(w.get(CHOICE)), true),
    ];
  }

  #ending({ end }: Node): Code {
    const due = end === undefined ? [] : this.#context.due(end);
    return due.map((invariant) => {
      const cell = this.#context.places.cells + DUE + 4 * (invariant >> 5);
      return w.store32(w.int(0), cell, w.or(w.load32(w.int(0), cell), w.int(1 << (invariant & 31))));
    });
  }

  #blocked({ lock }: Node): Code {
    const { cells } = this.#context.places;
    return [
      w.store32(
        w.int(0),
        cells + LOCK,
        lock === undefined ? w.int(-1) : this.#context.expressions.locate(lock),
      ),
      w.store32(w.int(0), cells + WRITTEN, w.get(this.#written)),
      w.giveBack(w.int(BLOCKED)),
    ];
  }

  #rest(pc: Pc, way: Way): Code {
    const { statements, places } = this.#context;
    const own = [...way.written].flatMap((id) => {
      const local = this.#own.get(id);
      return local === undefined ? [] : [statements.writeBack(id, local)];
    });
    return [
      this.#settle(way),
      own,
      w.store64(w.int(0), places.vector + 8 * this.#pcSlot, w.long(BigInt(pc))),
      w.store32(w.get(this.#written), places.changed, w.int(this.#pcSlot)),
      w.giveBack(w.add(w.get(this.#written), w.int(4))),
    ];
  }

  /** Counts the nodes gone through, where there can be too many, and only then sets the flag of the edges taken. */
  #settle({ marks, rides }: Way): Code {
    const { longest, mostWrites, flag, expressions } = this.#context;
    const code: Code[] = [];
    if (this.#joins.size > 0) {
      const isEndless = w.more(w.tee(this.#rides, w.add(w.get(this.#rides), w.int(rides))), w.int(longest));
      const isMuch = w.more(w.get(this.#written), w.int(4 * mostWrites));
      code.push(w.when(w.or(isEndless, isMuch), expressions.scope.giveUp));
    }
    if (marks.length > 0) code.push(w.storeByte(w.int(0), flag(marks), w.int(1)));
    return code;
  }
}

function spotOf(isAfter: boolean, pc: Pc): Spot {
  return `${isAfter ? 'after' : 'before'} ${pc}`;
}

function parse(spot: Spot): { readonly isAfter: boolean; readonly pc: Pc } {
  const [phase, pc] = spot.split(' ');
  return { isAfter: phase === 'after', pc: Number(pc) };
}
