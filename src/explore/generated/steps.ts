// SPDX-License-Identifier: GPL-2.0-only
// Owns the JavaScript text of steps: the nodes that one step goes through as one function, straight where control does
// not join, else blocks that jump to each other. What a step is, is said at Node in lang/program.ts.

import { END, type Node, type Pc, type VarId } from '../../lang/program.ts';
import { isRest } from '../../machine/code.ts';
import { ExpressionWriter } from './expressions.ts';
import { edgesOn, findJoins, isAlways } from '../code/joins.ts';
import { ASK, BLOCKED, writtenBy, type Mark } from '../code/steps.ts';
import type { StatementWriter } from './statements.ts';

/**
 * Where a step function leaves its results in R: the length of L; the invariants that are due, as a mask (the
 * caller sets it to 0 before); the lock it is blocked at, or -1; the choices there are (the caller sets it to 1).
 */
export const WRITES = 0;
export const DUE = 1;
export const LOCK = 2;
export const CHOICES = 3;

export interface StepContext {
  readonly expressions: ExpressionWriter;
  readonly statements: StatementWriter;
  /** Reserves a coverage flag for these marks. */
  readonly flag: (marks: readonly Mark[]) => number;
  /** The invariants to be judged when an operation ends, as a mask. */
  readonly due: (operation: number) => number;
  /** Nodes after which a run counts as endless, and entries of L after which a step is left to the interpreter. */
  readonly longest: number;
  readonly mostWrites: number;
  /** Of these nodes: the variables that they write, and that nothing but their name leads to. */
  readonly ownWrites: (nodes: readonly Node[]) => ReadonlySet<VarId>;
}

/** The body of the function for one step of a thread that rests before node `from`; its parameter is the choice, `c`. */
export function stepBody(code: readonly Node[], from: Pc, context: StepContext): string {
  return new StepWriter(code, from, context).body();
}

/** A node as a step comes to it: riding to its step node, or past that. */
type Spot = `${'before' | 'after'} ${Pc}`;

/** What is known on the way to the text being written. */
interface Way {
  readonly isAfter: boolean;
  /** Edges taken since a flag was last set. */
  readonly marks: readonly Mark[];
  /** Riding nodes since they were last counted. */
  readonly rides: number;
  /** JavaScript variables that may differ from the vector, and those that hold a number. */
  readonly written: ReadonlySet<VarId>;
  readonly numbers: ReadonlySet<VarId>;
}

class StepWriter {
  readonly #code: readonly Node[];
  readonly #from: Pc;
  readonly #context: StepContext;
  readonly #joins: ReadonlyMap<Spot, number>;
  /** Variables that are kept in JavaScript's own while the step runs. */
  readonly #own: ReadonlySet<VarId>;

  constructor(code: readonly Node[], from: Pc, context: StepContext) {
    this.#code = code;
    this.#from = from;
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
    this.#own = context.ownWrites(nodes);
  }

  body(): string {
    const { expressions } = this.#context;
    expressions.inLocals = this.#own;
    const way: Way = { isAfter: false, marks: [], rides: 0, written: new Set(), numbers: new Set() };
    const start = this.#node(this.#from, way);
    const blocks = [...this.#joins].map(([spot, block]) => {
      const { isAfter, pc } = parse(spot);
      return `case ${block}:\n${this.#node(pc, { ...way, isAfter, written: this.#own })}`;
    });
    expressions.inLocals = new Set();
    expressions.numbers = new Set();
    const own = [...this.#own].map((id) => `,s${id}=V[${id}]`).join('');
    if (blocks.length === 0) return `let n=0,t=0,v=0,p=0${own};\n${start}`;
    return `let n=0,t=0,v=0,p=0,r=0,q=0${own};\nfor(;;)switch(q){\ncase 0:\n${start}\n${blocks.join('\n')}\n}`;
  }

  /** The step goes on through this node; else it has come to its end, and the thread rests here. */
  #goesOn(isAfter: boolean, pc: Pc): boolean {
    if (pc === END) return false;
    const node = this.#code[pc]!;
    return !isRest(node) || (!isAfter && node.step !== null);
  }

  /** Goes to a place: on in the text, by a jump, or the step is over. */
  #goTo(pc: Pc, way: Way): string {
    if (!this.#goesOn(way.isAfter, pc)) return this.#rest(pc, way);
    const block = this.#joins.get(spotOf(way.isAfter, pc));
    if (block === undefined) return this.#node(pc, way);
    return `${this.#settle(way)}q=${block};continue;`;
  }

  #node(pc: Pc, way: Way): string {
    const node = this.#code[pc]!;
    const isStep = node.step !== null;
    const isAfter = way.isAfter || isStep;
    const { expressions, statements } = this.#context;
    const take = (index: number, before: Way): string => {
      const edge = node.edges[index]!;
      if (edge.fail !== undefined) return `return ${ASK};`;
      expressions.numbers = before.numbers;
      const doing = `${statements.edge(edge)}${this.#ending(node)}`;
      const written = new Set([...before.written, ...writtenBy(edge)]);
      const marks = [...before.marks, { pc, edge: index }];
      const after = { isAfter, marks, rides: before.rides, written, numbers: expressions.numbers };
      return `${doing}\n${this.#goTo(edge.next, after)}`;
    };
    expressions.numbers = way.numbers;
    const choose = node.choice === undefined ? '' : this.#choose(node.choice);
    const into = node.choice === undefined ? [] : [node.choice.into];
    const rides = way.rides + (isStep ? 0 : 1);
    const chosen = {
      ...way,
      rides,
      written: new Set([...way.written, ...into]),
      numbers: expressions.numbers,
    };
    const [first] = node.edges;
    if (first !== undefined && isAlways(first)) return `${choose}${take(0, chosen)}`;
    const lines = [`${this.#settle(way)}${choose}`];
    const here = { ...chosen, marks: [], rides: isStep ? 0 : 1 };
    for (const [index, edge] of node.edges.entries()) {
      if (edge.when === null || isAlways(edge)) return [...lines, take(index, here)].join('\n');
      expressions.numbers = here.numbers;
      lines.push(`if(${expressions.condition(edge.when)}){`, take(index, here), '}');
    }
    expressions.numbers = here.numbers;
    return [...lines, isStep ? this.#blocked(node) : `return ${ASK};`].join('\n');
  }

  #choose({ count, into }: NonNullable<Node['choice']>): string {
    return `R[${CHOICES}]=${count};${this.#context.statements.store(into, 'c', true)}`;
  }

  #ending({ end }: Node): string {
    const due = end === undefined ? 0 : this.#context.due(end);
    return due === 0 ? '' : `R[${DUE}]|=${due};`;
  }

  #blocked({ lock }: Node): string {
    const place = lock === undefined ? '-1' : this.#context.expressions.locate(lock);
    return `R[${LOCK}]=${place};R[${WRITES}]=n;return ${BLOCKED};`;
  }

  #rest(pc: Pc, way: Way): string {
    const own = [...way.written].filter((id) => this.#own.has(id));
    const back = own.map((id) => `if(V[${id}]!==s${id}){V[${id}]=s${id};L[n++]=${id};}`).join('\n');
    return `${this.#settle(way)}${back}R[${WRITES}]=n;return ${pc};`;
  }

  /** Counts the nodes gone through, where there can be too many, and only then sets the flag of the edges taken. */
  #settle({ marks, rides }: Way): string {
    const { longest, mostWrites, flag } = this.#context;
    const count = this.#joins.size > 0 ? `if((r+=${rides})>${longest}||n>${mostWrites})return ${ASK};` : '';
    return marks.length === 0 ? count : `${count}C[${flag(marks)}]=1;`;
  }
}

function spotOf(isAfter: boolean, pc: Pc): Spot {
  return `${isAfter ? 'after' : 'before'} ${pc}`;
}

function parse(spot: Spot): { readonly isAfter: boolean; readonly pc: Pc } {
  const [phase, pc] = spot.split(' ');
  return { isAfter: phase === 'after', pc: Number(pc) };
}
