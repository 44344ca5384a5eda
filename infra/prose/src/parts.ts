import { passagesOfComments } from './comments.ts'
import { messagesOf, titlesOf, type MessageKind } from './messages.ts'
import { passagesIn, type Passage } from './passage.ts'
import { sentencesIn, type Sentence } from './sentences.ts'
import { tokensIn } from './source-tokens.ts'

/** A file by its path from the root. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** A sentence, and where it is read. */
export interface PlacedSentence extends Sentence {
  readonly path: string
}

/** Sentences that share a budget, by name: `docs`, `help`, `comments packages/edge`. */
export type Parts = ReadonlyMap<string, readonly PlacedSentence[]>

const CODE = /\.(?:ts|tsx|mjs)$/
const TEST = /\.(?:test|contract)\.tsx?$|^test\/|^packages\/testkit\//
const MESSAGES: readonly MessageKind[] = ['help', 'errors', 'logs', 'metrics']

/**
 * Sorts the sentences of files into parts: the pages are `docs`; comments go by workspace; texts that the
 * product shows go by kind. Other texts inside of tests than their titles are shown to developers alone, and are left out.
 */
export function partsOf(files: readonly TextFile[]): Parts {
  const parts = new Map<string, PlacedSentence[]>()
  const add = (part: string, path: string, passages: readonly Passage[]): void => {
    const sentences = passages.flatMap(sentencesIn).map((sentence) => ({ ...sentence, path }))
    if (sentences.length > 0) parts.set(part, [...(parts.get(part) ?? []), ...sentences])
  }
  for (const { path, text } of files) {
    if (path.endsWith('.md')) add('docs', path, passagesIn(text.split('\n'), 1))
    if (!CODE.test(path)) continue
    const tokens = tokensIn(text)
    add(`comments ${workspaceOf(path)}`, path, passagesOfComments(tokens))
    if (TEST.test(path)) {
      add('titles', path, titlesOf(tokens))
      continue
    }
    for (const kind of MESSAGES.filter((each) => isReadIn(each, path)))
      add(kind, path, messagesOf(tokens, kind))
  }
  return new Map([...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** `packages/edge` of a file below it; `infra` and `test` are one part each. */
function workspaceOf(path: string): string {
  const [top = '', name = ''] = path.split('/')
  return top === 'packages' || top === 'services' ? `${top}/${name}` : top
}

/** Calls named `option` or `description` mean help in the CLI alone. */
function isReadIn(kind: MessageKind, path: string): boolean {
  if (kind === 'help') return path.startsWith('packages/cli/')
  if (kind === 'metrics') return /^packages\/(?:telemetry|protocol|insight)\//.test(path)
  return /^(?:packages|services)\//.test(path)
}
