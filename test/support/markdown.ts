// SPDX-License-Identifier: GPL-2.0-only
// Owns Markdown as far as the tests of docs/ need it: fenced blocks, tables, links, headings.

export interface Block {
  /** The words behind the fence: "c", "model", "RACY(I1)". */
  readonly words: readonly string[];
  readonly text: string;
  /** 1-based line of its first fence. */
  readonly line: number;
  /** Lines between the fences. */
  readonly length: number;
}

/** Fenced blocks, in order. */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const open = /^```(.*)$/.exec(lines[i] ?? '');
    if (open === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`the block that begins in line ${i + 1} has no end`);
    const words = (open[1] ?? '').split(' ').filter((word) => word !== '');
    blocks.push({ words, text: lines.slice(i + 1, end).join('\n'), line: i + 1, length: end - i - 1 });
    i = end;
  }
  return blocks;
}

/** The text outside fenced blocks, line by line; the lines of blocks are empty. */
export function proseOf(markdown: string): string[] {
  let inside = false;
  return markdown.split('\n').map((line) => {
    const isFence = line.startsWith('```');
    const isHidden = inside || isFence;
    if (isFence) inside = !inside;
    return isHidden ? '' : line;
  });
}

/** Rows of the tables whose head is exactly `head`, without the backquotes around a whole cell. */
export function tableRows(markdown: string, head: readonly string[]): { cells: string[]; line: number }[] {
  const rows: { cells: string[]; line: number }[] = [];
  let isInside = false;
  proseOf(markdown).forEach((line, index) => {
    if (!line.startsWith('|')) {
      isInside = false;
      return;
    }
    const cells = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) =>
        cell
          .trim()
          .replaceAll('\\|', '|')
          .replace(/^`([^`]*)`$/, '$1'),
      );
    if (cells.join('|') === head.join('|')) isInside = true;
    else if (isInside && !/^[-| ]+$/.test(line)) rows.push({ cells, line: index + 1 });
  });
  return rows;
}

/** Targets of links, but for those into the web. */
export function linksOf(markdown: string): { target: string; line: number }[] {
  return proseOf(markdown).flatMap((line, index) =>
    [...line.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => ({ target, line: index + 1 }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );
}

/** What `#anchor` may be, as GitHub makes them of headings. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = proseOf(markdown).filter((line) => /^#+ /.test(line));
  return new Set(
    headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
