import { posix } from 'node:path'
import type { SourceFile } from './check.ts'
import { importsOf } from './imports.ts'

/** The files of its own package that each file imports, for values or for types. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** Returns the graph of relative imports. A name with `#` names a constant that a simulation replaces. */
export function importGraphOf(files: readonly SourceFile[]): ImportGraph {
  const paths = new Set(files.map(({ path }) => path))
  return new Map(
    files.map(({ path, text }) => {
      const relative = importsOf(text).filter(({ specifier }) => specifier.startsWith('.'))
      const targets = relative.map(({ specifier }) => posix.join(posix.dirname(path), specifier))
      return [path, targets.filter((target) => paths.has(target))]
    }),
  )
}

/** Returns the circles of a graph: the files of each, which all import each other by some way. */
export function circlesIn(graph: ImportGraph): readonly (readonly string[])[] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(file, graph)]))
  const circles = new Map<string, readonly string[]>()
  for (const [file, others] of reached) {
    const circle = [...others].filter((other) => reached.get(other)?.has(file)).toSorted()
    if (circle.length > 0) circles.set(circle.join(' '), circle)
  }
  return [...circles.values()]
}

/** Returns the files that a file imports, itself or by others. A file of a circle reaches itself. */
function reachedFrom(file: string, graph: ImportGraph): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [...(graph.get(file) ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    open.push(...(graph.get(next) ?? []))
  }
  return reached
}
