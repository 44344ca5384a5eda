import { pointerOf } from '@freshet/wire'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import { finding, type Finding } from '../lint/finding.ts'
import type { FindingCode } from '../lint/registry-rules.ts'

/** Mappings and lists that may stand inside each other. */
const DEPTH_MAX = 32
/** Values that all aliases of a file may stand for together. */
const ALIASED_VALUES_MAX = 10_000

/** @internal What is wrong at an offset of the text. */
export interface OffsetFinding extends Finding {
  readonly offset: number
}

/** @internal The members of each mapping of a document by name, and what is wrong with its structure. */
export interface YamlStructure {
  readonly members: ReadonlyMap<YAMLMap, ReadonlyMap<string, Pair>>
  readonly findings: readonly OffsetFinding[]
}

interface Walk {
  readonly members: Map<YAMLMap, ReadonlyMap<string, Pair>>
  /** Anchors of the nodes around the one that is visited. */
  readonly open: Set<string>
  /** Values that an anchor before this stands for. */
  readonly sizes: Map<string, number>
  readonly findings: OffsetFinding[]
  aliased: number
}

type Path = readonly (string | number)[]

/**
 * @internal Walks a document once, each node where it is written. Aliases are counted and never followed, so that a file
 * costs what its length costs, whatever its anchors multiply to.
 */
export function yamlStructure(root: Node | null): YamlStructure {
  const walk: Walk = {
    members: new Map(),
    open: new Set(),
    sizes: new Map(),
    findings: [],
    aliased: 0,
  }
  visit(walk, root, [])
  return walk
}

/** Visits a node; answers how many values it stands for. */
function visit(walk: Walk, node: unknown, path: Path): number {
  if (isAlias(node)) return visitAlias(walk, node, path)
  const { anchor } = Object(node) as Node
  if (anchor !== undefined) walk.open.add(anchor)
  const size = 1 + visitInside(walk, node, path)
  if (anchor !== undefined) {
    walk.open.delete(anchor)
    walk.sizes.set(anchor, size)
  }
  return size
}

function visitInside(walk: Walk, node: unknown, path: Path): number {
  if (!isMap(node) && !isSeq(node)) return 0
  if (path.length >= DEPTH_MAX) {
    const text = { message: `is nested deeper than ${DEPTH_MAX}`, fix: 'close the brackets' }
    find(walk, 'file.too-deep', { node, path }, text)
    return 0
  }
  if (isMap(node)) return visitMembers(walk, node, path)
  return node.items.reduce<number>((sum, item, at) => sum + visit(walk, item, [...path, at]), 0)
}

function visitMembers(walk: Walk, map: YAMLMap, path: Path): number {
  const members = new Map<string, Pair>()
  walk.members.set(map, members)
  let size = 0
  for (const pair of map.items) {
    const name = nameOf(walk, pair, path)
    const inside = [...path, name]
    if (members.has(name)) {
      const where = path.length === 0 ? 'the registry' : path.at(-1)
      const text = { message: `${name} is there twice in ${where}`, fix: 'keep one of the two' }
      find(walk, twice(path, name), { node: pair.key, path: inside }, text)
    }
    if (name === '__proto__') {
      const text = { message: `${name} is a name that nothing may have`, fix: 'use another name' }
      find(walk, 'name.invalid', { node: pair.key, path: inside }, text)
    }
    members.set(name, pair)
    size += visit(walk, pair.value, inside)
  }
  return size
}

function nameOf(walk: Walk, { key }: Pair, path: Path): string {
  if (isScalar(key)) {
    visit(walk, key, path)
    return key.value === null ? '' : key.toString()
  }
  const text = { message: 'a name must be text', fix: 'write the name out' }
  find(walk, 'file.not-yaml', { node: key, path }, text)
  return ''
}

function twice(path: Path, name: string): FindingCode {
  const [part] = path
  if (part === 'claims' && path.length === 1) return 'claim.named-twice'
  if (part === 'claims' && path.length === 2 && name === 'source') return 'claim.two-sources'
  return 'member.twice'
}

function visitAlias(walk: Walk, alias: Alias, path: Path): number {
  const size = walk.sizes.get(alias.source)
  if (size === undefined || walk.open.has(alias.source)) {
    const message = walk.open.has(alias.source)
      ? `alias ${alias.source} stands inside of what it names`
      : `no anchor before this is called ${alias.source}`
    find(walk, 'file.alias', { node: alias, path }, { message, fix: 'write the value out' })
    return 1
  }
  const isWithin = walk.aliased <= ALIASED_VALUES_MAX
  walk.aliased += size
  if (isWithin && walk.aliased > ALIASED_VALUES_MAX) {
    const message = `aliases stand for more than ${ALIASED_VALUES_MAX} values up to here`
    find(walk, 'file.alias', { node: alias, path }, { message, fix: 'write the values out' })
  }
  return size
}

function find(
  walk: Walk,
  code: FindingCode,
  { node, path }: { readonly node: unknown; readonly path: Path },
  text: { readonly message: string; readonly fix: string },
): void {
  walk.findings.push({ ...finding(code, pointerOf(path), text), offset: nodeStart(node) })
}

/** @internal Where a node begins in the text. */
export function nodeStart(node: unknown): number {
  const range: unknown = Object(node)['range']
  return Array.isArray(range) ? Number(range[0]) : 0
}
