import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { finding, type Finding } from '../lint/finding.ts'
import type { FindingCode } from '../lint/registry-rules.ts'
import {
  nodeStart,
  yamlStructure,
  type OffsetFinding,
  type YamlStructure,
} from './yaml-structure.ts'

/** Bytes that a registry file may have: far more than a version that can be published. */
export const FILE_BYTES_MAX: number = 4 * 1024 * 1024
/** Places that are reported in a file that is not YAML. More would only repeat the first ones. */
const SYNTAX_FINDINGS_MAX = 20

/** A registry file as text: what is wrong with it as YAML, and what stands where in it. */
export interface RegistryText {
  readonly findings: readonly LocatedFinding[]
  /** The content of the text as JSON would have it; `undefined` if it cannot be read. */
  readonly value: unknown
  readonly locate: (found: Finding) => LocatedFinding
}

/**
 * Reads the bytes of a registry file. Aliases are allowed within a limit; tags of one's own, several
 * documents and names that stand twice are not.
 */
export function readRegistryText(bytes: Uint8Array): RegistryText {
  if (bytes.length > FILE_BYTES_MAX) return unreadable(tooLarge())
  const text = decodeUtf8(bytes)
  if (typeof text !== 'string') return unreadable(text)
  const lines = new LineCounter()
  // Names that stand twice are found by the walk: the parser compares each with every other.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, schema: 'core' }
  const document = parseDocument(text, options as { schema: 'core' })
  const { structure, findings } = structureOf(document, lines)
  const isReadable = findings.every(({ code }) => twice.has(code))
  return {
    findings,
    value: isReadable ? document.toJS({ maxAliasCount: -1 }) : undefined,
    locate: (found) => ({ ...found, ...locate(found, { document, structure, lines }) }),
  }
}

/** Findings about a name that occurs twice. The later one counts for the rules that follow. */
const twice: ReadonlySet<FindingCode> = new Set([
  'member.twice',
  'claim.named-twice',
  'claim.two-sources',
])

function unreadable(only: LocatedFinding): RegistryText {
  return {
    findings: [only],
    value: undefined,
    locate: (found) => ({ ...found, line: 1, column: 1 }),
  }
}

function tooLarge(): LocatedFinding {
  const message = `the file has more than ${FILE_BYTES_MAX} bytes`
  const found = finding('file.too-large', '', { message, fix: 'make it shorter' })
  return { ...found, line: 1, column: 1 }
}

function structureOf(
  document: Document.Parsed,
  lines: LineCounter,
): { readonly structure: YamlStructure; readonly findings: readonly LocatedFinding[] } {
  const at = ({ offset, ...found }: OffsetFinding): LocatedFinding => ({
    ...found,
    ...placeAt(offset, lines),
  })
  const syntax = syntaxFindings(document).map(at)
  if (syntax.length > 0) {
    const structure = { members: new Map(), findings: [] }
    return { structure, findings: firstOfEachLine(syntax).slice(0, SYNTAX_FINDINGS_MAX) }
  }
  const structure = yamlStructure(document.contents)
  return { structure, findings: inOrder(structure.findings.map(at)) }
}

/** Errors of the parser; a tag that it does not know would be left out silently. */
function syntaxFindings({ errors, warnings, contents }: Document.Parsed): readonly OffsetFinding[] {
  const tooDeep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (tooDeep !== undefined) {
    const text = { message: 'the file is nested too deep to be read', fix: 'close the brackets' }
    return [{ ...finding('file.too-deep', '', text), offset: tooDeep.pos[0] }]
  }
  if (contents === null && errors.length === 0) {
    const text = { message: 'the file holds nothing', fix: 'write the registry into it' }
    return [{ ...finding('file.empty', '', text), offset: 0 }]
  }
  return [...errors, ...warnings].map(({ code, message, pos: [offset] }) => {
    if (code !== 'MULTIPLE_DOCS') return { ...notYaml(message), offset }
    const text = { message: 'a second document begins here', fix: 'keep one document' }
    return { ...finding('file.several-documents', '', text), offset }
  })
}

function notYaml(message: string): Finding {
  const words = message.charAt(0).toLowerCase() + message.slice(1)
  const text = { message: `is not YAML: ${words}`, fix: 'correct the syntax' }
  return finding('file.not-yaml', '', text)
}

/** Later findings on a line are mostly consequences of the first. */
function firstOfEachLine(findings: readonly LocatedFinding[]): readonly LocatedFinding[] {
  const seen = new Set<number>()
  return inOrder(findings).filter(({ line }) => !seen.has(line) && seen.add(line))
}

interface Located {
  readonly document: Document.Parsed
  readonly structure: YamlStructure
  readonly lines: LineCounter
}

/** A scalar by its value, everything else by its name; what is not there by what it is missing in. */
function locate({ code, place }: Finding, { document, structure, lines }: Located): TextPlace {
  let node: unknown = document.contents
  let offset = nodeStart(node)
  for (const step of stepsOf(place)) {
    const pair = isMap(node) ? structure.members.get(node)?.get(step) : undefined
    const item = isSeq(node) ? node.items[Number(step)] : undefined
    if (pair === undefined && item === undefined) break
    node = pair === undefined ? item : pair.value
    const byName = pair !== undefined && (code === 'member.unknown' || !isWrittenHere(node))
    offset = nodeStart(byName ? pair.key : node)
  }
  return placeAt(offset, lines)
}

/** Nothing after a colon has no place of its own. */
function isWrittenHere(node: unknown): boolean {
  return isAlias(node) || (isScalar(node) && node.source !== '')
}

function stepsOf(place: string): readonly string[] {
  return place
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function placeAt(offset: number, lines: LineCounter): TextPlace {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Returns the text of a file without its byte order mark, or a finding at the place that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | LocatedFinding {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const message = 'the file is not UTF-8 from here on'
    const notUtf8 = finding('file.not-utf8', '', { message, fix: 'save it as UTF-8' })
    return { ...notUtf8, ...firstBadByte(bytes) }
  }
}

/** A character that reading replaced is not the written one. */
function firstBadByte(bytes: Uint8Array): TextPlace {
  const again = new TextEncoder().encode(
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  )
  const at = bytes.findIndex((byte, index) => again[index] !== byte)
  const lines = new TextDecoder().decode(bytes.subarray(0, at)).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/** The begin of a finding in a text, both from 1; the column counts UTF-16 units, as editors do. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** A finding with its place in the text of the file. */
export interface LocatedFinding extends Finding, TextPlace {}

/** Returns findings in the order of the text. Findings at one place keep their order. */
export function inOrder(findings: readonly LocatedFinding[]): readonly LocatedFinding[] {
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column)
}
