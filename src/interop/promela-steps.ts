// SPDX-License-Identifier: GPL-2.0-only
// Owns one thread in Promela: a label for each place of rest, and behind it the steps from there, each one atomic
// sequence that ends in a jump to the next place of rest.

import { UserError } from '../base/user-error.ts';
import {
  END,
  type Assign,
  type Edge,
  type Node,
  type Pc,
  type Program,
  type TroubleKind,
  type VarId,
} from '../lang/program.ts';
import type { PromelaChecks } from './promela-checks.ts';
import { PromelaRegion, type Phase } from './promela-region.ts';
import {
  pruned,
  written,
  type Option,
  type PromelaStatements,
  type Statement,
} from './promela-statements.ts';
import { NOTHING_PENDING, type Pending, type PromelaTerms } from './promela-terms.ts';

export interface PromelaParts {
  readonly program: Program;
  readonly terms: PromelaTerms;
  readonly statements: PromelaStatements;
  readonly checks: PromelaChecks;
}

/** More nodes than this before a step that may block are not written down. */
const MOST_NODES = 200;

/** What is known on the way through the nodes before a step that may block. */
interface Way {
  readonly pending: Pending;
  readonly guards: readonly string[];
  readonly body: readonly Statement[];
  readonly ended: readonly number[];
  readonly nodes: number;
}

const NO_WAY: Way = { pending: NOTHING_PENDING, guards: [], body: [], ended: [], nodes: 0 };

/** Code that several ways lead to: it stands behind a label. */
interface Shared {
  readonly pc: Pc;
  readonly phase: Phase;
  readonly ended: readonly number[];
}

/** The proctype of one thread. */
export class PromelaThread {
  readonly #parts: PromelaParts;
  readonly #thread: number;
  readonly #code: readonly Node[];
  readonly #isDaemon: boolean;
  /** Numbers of the places of rest, for the jump back from the check; that of END is 0. */
  readonly #rests = new Map<Pc, number>([[END, 0]]);
  readonly #queue: Pc[] = [];
  // Of the steps being written:
  #from: Pc = END;
  #region: PromelaRegion;
  #cells: ReadonlySet<VarId> = new Set();
  readonly #shared = new Map<string, Shared>();
  #option = 0;
  /** Where its ends lead that go by way of the check, with their numbers. */
  readonly #checked = new Map<Pc, number>();
  readonly #concerned = new Set<number>();

  constructor(parts: PromelaParts, thread: number) {
    const { code, daemon, entry } = parts.program.threads[thread]!;
    this.#parts = parts;
    this.#thread = thread;
    this.#code = code;
    this.#isDaemon = daemon;
    this.#region = new PromelaRegion(code, entry);
  }

  get name(): string {
    return this.#parts.program.threads[this.#thread]!.name.replace(/\W/g, '_');
  }

  /** `start`: where the thread stands in state 0. To be called once. */
  lines(start: Pc): readonly string[] {
    const body: string[] = [];
    this.#restNumber(start);
    for (let pc = this.#queue.shift(); pc !== undefined; pc = this.#queue.shift())
      body.push(...this.#rest(pc));
    const { fn } = this.#parts.program.threads[this.#thread]!;
    return [`proctype ${this.name}() /* ${fn}() */`, '{', ...body, 'end_ended:', '  false', '}'];
  }

  /** A place of rest and all steps from it. */
  #rest(pc: Pc): readonly string[] {
    const { statements } = this.#parts;
    const region = new PromelaRegion(this.#code, pc);
    this.#from = pc;
    this.#region = region;
    this.#option = 0;
    const edges = [...region.nodes].flatMap((node) => node.edges);
    this.#cells = new Set(edges.flatMap((edge) => statements.written(edge)));
    const mayWait = [...region.steps].some(({ edges: own, choice }) => {
      return choice !== undefined || own.every(({ when }) => when !== null);
    });
    const options = mayWait
      ? this.#ways(pc, NO_WAY)
      : [this.#optionOf(NO_WAY, () => this.#node({ pc, phase: region.first, ended: [] }))];
    return [
      `${this.#label(pc)}: /* ${this.#place(this.#code[pc]!)} */`,
      '  if',
      ...options.flatMap(({ guard, body }) => [
        `  :: atomic { ${guard === null ? '' : `${guard} -> `}STEP`,
        ...written(body, '       '),
        '     }',
      ]),
      '  fi;',
    ];
  }

  /** All options from `pc`, which comes before or at a step node that may block. */
  #ways(pc: Pc, way: Way): readonly Option[] {
    if (way.nodes > 0 && this.#region.isEnd(pc, 'before'))
      return [this.#optionOf(way, () => this.#goto(pc, way.ended))];
    const node = this.#code[pc]!;
    if (way.nodes > MOST_NODES) throw this.#unsupported(node, 'loops before its first shared access');
    if (node.choice === undefined) return this.#edges(pc, way);
    const { count, into } = node.choice;
    return Array.from({ length: count }, (_, value): Edge => {
      const chosen: Assign = { to: { base: into }, value: { op: 'const', value } };
      return { when: null, do: [chosen], dead: [], next: pc };
    }).flatMap((chosen) => this.#edges(pc, this.#along(node, way, chosen)));
  }

  /** Options of a node: each edge excludes those before it. */
  #edges(pc: Pc, way: Way): readonly Option[] {
    const { terms } = this.#parts;
    const node = this.#code[pc]!;
    const options: Option[] = [];
    let { guards } = way;
    for (const edge of node.edges) {
      let taken = guards;
      if (edge.when !== null) {
        for (const { when, kind } of terms.risks(edge.when, way.pending)) {
          options.push(this.#optionOf({ ...way, guards: [...guards, when] }, () => this.#fall(kind)));
          guards = [...guards, `!(${when})`];
        }
        const when = terms.condition(edge.when, way.pending);
        taken = [...guards, when];
        guards = [...guards, `!(${when})`];
      }
      if (edge.fail || node.step !== null) {
        const ended = this.#ended(node, way.ended);
        const next: Shared = { pc: edge.next, phase: 'after', ended };
        options.push(this.#optionOf({ ...way, guards: taken }, () => this.#edge(edge, next)));
      } else {
        const after = { ...this.#along(node, way, edge), guards: taken, ended: this.#ended(node, way.ended) };
        options.push(...this.#ways(edge.next, after));
      }
      if (edge.when === null) break;
    }
    return options;
  }

  #optionOf(way: Way, rest: () => readonly Statement[]): Option {
    this.#shared.clear();
    this.#checked.clear();
    this.#concerned.clear();
    this.#option += 1;
    const body = [...pruned([...way.body, ...rest()])];
    // Blocks are added only where code that is reached jumps to them; writing one may call for more.
    for (let wanted = this.#wanted(body); wanted !== undefined; wanted = this.#wanted(body)) {
      const [label, shared] = wanted;
      this.#shared.delete(label);
      body.push(`${label}:`, ...pruned(this.#node(shared)));
    }
    if (contains(body, `goto ${this.#checkLabel}`)) body.push(...this.#check());
    return { guard: way.guards.length === 0 ? null : way.guards.join(' && '), body };
  }

  /** A block that some jump leads to and that is not written yet. */
  #wanted(body: readonly Statement[]): readonly [string, Shared] | undefined {
    return [...this.#shared].find(
      ([label]) => !contains(body, `${label}:`) && contains(body, `goto ${label}`),
    );
  }

  /** Values that variables get on an edge, as expressions: the guard of the step is written in terms of them. */
  #along(node: Node, way: Way, edge: Edge): Way {
    let pending = way.pending;
    for (const a of edge.do) {
      if ('stale' in a || a.to.ptr !== undefined || a.to.index !== undefined)
        throw this.#unsupported(node, 'writes through a pointer before its first shared access');
      pending = new Map(pending).set(a.to.base, { value: a.value, before: pending });
    }
    const zero = { value: { op: 'const', value: 0 }, before: NOTHING_PENDING } as const;
    for (const id of edge.dead) pending = new Map(pending).set(id, zero);
    const body = [...way.body, ...this.#parts.statements.edge(edge, this.#fall)];
    return { ...way, pending, body, nodes: way.nodes + 1 };
  }

  /** A node whose edges cannot all be closed, and what comes behind it. */
  #node({ pc, phase, ended }: Shared): readonly Statement[] {
    const { terms, statements } = this.#parts;
    const node = this.#code[pc]!;
    const behind = { phase: this.#region.behind(pc, phase), ended: this.#ended(node, ended) };
    const from = (at: number): readonly Statement[] => {
      const edge = node.edges[at];
      if (edge === undefined) return ['assert(false)']; // rides, so an edge is open
      const body = this.#edge(edge, { ...behind, pc: edge.next });
      if (edge.when === null) return body;
      const checks = statements.checks(terms.risks(edge.when), this.#fall);
      const guard = terms.condition(edge.when);
      return [
        ...checks,
        {
          options: [
            { guard, body },
            { guard: null, body: from(at + 1) },
          ],
        },
      ];
    };
    return from(0);
  }

  /** What an edge does, and on to what comes behind: a jump out of the step or to a label, or the code right here. */
  #edge(edge: Edge, next: Shared): readonly Statement[] {
    const body = this.#parts.statements.edge(edge, this.#fall);
    if (edge.fail) return body;
    const { pc, phase, ended } = next;
    if (this.#region.isEnd(pc, phase)) return [...body, ...this.#goto(pc, ended)];
    if (!this.#region.isShared(pc, phase)) return [...body, ...this.#node(next)];
    const label = [`on_${this.#from}`, this.#option, phase === 'before' ? 'b' : 'a', pc, ...ended].join('_');
    this.#shared.set(label, next);
    return [...body, `goto ${label}`];
  }

  /** The end of a step: at `pc` the thread rests. */
  #goto(pc: Pc, ended: readonly number[]): readonly Statement[] {
    const { checks } = this.#parts;
    const number = this.#restNumber(pc);
    const before = checks.flags(this.#thread, this.#from);
    const changed = [...checks.flags(this.#thread, pc)].filter(([flag, value]) => before.get(flag) !== value);
    const flags = changed.map(([flag, value]) => `${flag} = ${Number(value)}`);
    const concerned = checks.concerned(this.#thread, this.#from, pc, this.#cells, ended);
    if (concerned.length === 0) return [...flags, `goto ${this.#label(pc)}`];
    for (const index of concerned) this.#concerned.add(index);
    this.#checked.set(pc, number);
    const mask = [...new Set(ended)].reduce((sum, operation) => sum + 2 ** operation, 0);
    return [
      ...flags,
      ...(checks.hasEnsures ? [`just_ended = ${mask}`] : []),
      `going_to = ${number}`,
      `goto ${this.#checkLabel}`,
    ];
  }

  /**
   * What the ends of this step that concern invariants have in common. It stands in the same atomic sequence: a jump out
   * of one ends the step, even when it leads into another.
   */
  #check(): readonly Statement[] {
    const { checks } = this.#parts;
    const reset = ['going_to = 0', ...(checks.hasEnsures ? ['just_ended = 0'] : [])];
    const options = [...this.#checked].map(([pc, number]): Option => {
      return { guard: `going_to == ${number}`, body: [...reset, `goto ${this.#label(pc)}`] };
    });
    // SPIN allows no jump to a d_step, so something else comes first.
    return [
      `${this.#checkLabel}:`,
      'true',
      ...checks.judge(`${this.#checkLabel}_`, this.#concerned),
      { options },
    ];
  }

  get #checkLabel(): string {
    return `check_${this.#from}_${this.#option}`;
  }

  #ended({ end }: Node, ended: readonly number[]): readonly number[] {
    return end === undefined ? ended : [...ended, end];
  }

  #restNumber(pc: Pc): number {
    const known = this.#rests.get(pc);
    if (known !== undefined) return known;
    this.#rests.set(pc, this.#rests.size);
    this.#queue.push(pc);
    return this.#rests.size - 1;
  }

  /** A daemon may stop anywhere: SPIN takes a place whose label begins with "end" for a good end. */
  #label(pc: Pc): string {
    if (pc === END) return 'end_ended';
    return `${this.#isDaemon ? 'end_' : ''}at_${pc}`;
  }

  #place({ site }: Node): string {
    const { file, line, text } = this.#parts.program.sites[site]!;
    return `${file}:${line}: ${text}`.replaceAll('*/', '* /').replaceAll('/*', '/ *').replace(/\s+/g, ' ');
  }

  readonly #fall = (kind: TroubleKind): readonly Statement[] => [
    this.#parts.statements.trouble(kind, this.#label(this.#from)),
  ];

  #unsupported(node: Node, what: string): UserError {
    return new UserError(
      'promela-unsupported',
      `${this.#place(node)}: the operation ${what}, which the export to Promela cannot say`,
    );
  }
}

function contains(statements: readonly Statement[], what: string): boolean {
  return statements.some((statement) => {
    if (typeof statement === 'string') return statement === what;
    return 'options' in statement && statement.options.some(({ body }) => contains(body, what));
  });
}
