// SPDX-License-Identifier: GPL-2.0-only
// Owns the question whether a cell is part of something: cells are named by path, "inode.i_data.page_tree[0]".

/** Is `cell` the object or field `path` itself, or a part of it? "page[1]" is no part of "page". */
export function liesIn(cell: string, path: string): boolean {
  return cell.startsWith(path) && !/^\w/.test(cell.slice(path.length));
}
