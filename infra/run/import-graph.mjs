import { posix } from 'node:path'

/** Imports and re-exports with names, or of all names; those of types alone do not run. */
const STATEMENT =
  /^(import|export) (type )?(?:([\w$]+)(?:, )?)?(?:\{([^}]*)\}|\* as [\w$]+|(\*))?(?: from )?'([^'\n]+)'$/gm
const DEFINITION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) ([\w$]+)/gm
const DYNAMIC = /\bimport\('([^'\n]+)'\)/g

/**
 * Returns the run-time imports between source files. A name that a barrel exports again leads to the file that defines
 * it, so a barrel adds only files with an imported name.
 */
export function importGraph(files, source) {
  const paths = new Set(source.map(([path]) => path))
  const entries = entriesOf(files)
  const statements = new Map(source.map(([path, text]) => [path, statementsOf(text)]))
  const defined = new Map(source.map(([path, text]) => [path, definedIn(text)]))

  const targetOf = (from, specifier) => {
    const found = specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier)
      : entries.get(specifier)
    return paths.has(found) ? found : undefined
  }
  /** The files that define a name which a file exports; the file of the import, if none does. */
  const definitionsOf = (path, name, seen = new Set()) => {
    if (defined.get(path).has(name)) return [path]
    if (seen.has(path)) return []
    seen.add(path)
    const again = statements.get(path).filter(({ kind, isType }) => kind === 'export' && !isType)
    const named = again.find(({ names }) => names?.some((each) => each.as === name))
    if (named !== undefined) {
      const target = targetOf(path, named.specifier)
      const { own } = named.names.find(({ as }) => as === name)
      return target === undefined ? [] : definitionsOf(target, own, seen)
    }
    const all = again.filter(({ names }) => names === null)
    const found = all.flatMap(({ specifier }) => {
      const target = targetOf(path, specifier)
      return target === undefined ? [] : definitionsOf(target, name, seen)
    })
    return found.length > 0 || seen.size > 1 ? found : [path]
  }
  const importsOf = (path) =>
    statements.get(path).flatMap(({ isType, kind, names, specifier }) => {
      const target = targetOf(path, specifier)
      if (isType || target === undefined || kind === 'export') return []
      if (names === null) return [target]
      return names.flatMap(({ own }) => definitionsOf(target, own))
    })
  const imports = new Map([...paths].map((path) => [path, new Set(importsOf(path))]))
  const importers = new Map()
  for (const [path, targets] of imports)
    for (const target of targets)
      importers.set(target, (importers.get(target) ?? new Set()).add(path))
  return {
    importersOf: (path) => importers.get(path)?.size ?? 0,
    closureOf: (starts) => {
      const reached = new Set(starts.filter((path) => paths.has(path)))
      for (const path of reached) for (const target of imports.get(path)) reached.add(target)
      return reached
    },
  }
}

/** The names in an import; `null`: all of the file. */
function statementsOf(text) {
  const named = [...text.matchAll(STATEMENT)].map(([, kind, type, first, list, , specifier]) => ({
    kind,
    isType: type !== undefined || (list !== undefined && namesIn(list).length === 0),
    names: list === undefined || first !== undefined ? null : namesIn(list),
    specifier,
  }))
  const later = [...text.matchAll(DYNAMIC)].map(([, specifier]) => ({
    kind: 'import',
    isType: false,
    names: null,
    specifier,
  }))
  return [...named, ...later]
}

function definedIn(text) {
  return new Set([...text.matchAll(DEFINITION)].map(([, name]) => name))
}

function namesIn(list) {
  return list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('type '))
    .map((each) => {
      const [own, as = own] = each.split(' as ')
      return { own, as }
    })
}

/** The source file of each entry of each package. */
function entriesOf(files) {
  const found = new Map()
  for (const [path, text] of files) {
    if (!/^(?:packages|services)\/[^/]+\/package\.json$/.test(path)) continue
    const { name, exports = {} } = JSON.parse(text)
    for (const [entry, { source }] of Object.entries(exports))
      if (source !== undefined)
        found.set(posix.join(name, entry), posix.join(posix.dirname(path), source))
  }
  return found
}
