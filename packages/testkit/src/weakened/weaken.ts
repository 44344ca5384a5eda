import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type {
  afterAcknowledgement,
  PartitionFollower,
  planAnew,
  planPublication,
} from '@freshet/protocol'
import { build, type OnLoadResult, type Plugin } from 'esbuild'

/** A part of a source file of the protocol that another text replaces. The file has it exactly once. */
export interface Edit {
  /** Below `packages/protocol/src`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The decisions of edges and publishers, as the protocol exports them. */
export interface Decisions {
  readonly PartitionFollower: typeof PartitionFollower
  readonly planPublication: typeof planPublication
  readonly planAnew: typeof planAnew
  readonly afterAcknowledgement: typeof afterAcknowledgement
}

const SOURCES = fileURLToPath(new URL('../../../protocol/src/', import.meta.url))
const ENTRY = `
  export { PartitionFollower } from './edge-view/partition-follower.ts'
  export { afterAcknowledgement, planAnew, planPublication } from './checkpoint/publish-plan.ts'`

/**
 * Builds the decisions from their sources with these edits. So a control can show what happens without a rule,
 * and no program has the code without it.
 *
 * @throws if a file does not have the text of an edit exactly once: the control would prove nothing
 */
export async function weaken(edits: readonly Edit[]): Promise<Decisions> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: SOURCES, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    plugins: [editing(edits)],
    write: false,
    logLevel: 'silent',
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as Decisions
}

function editing(edits: readonly Edit[]): Plugin {
  return {
    name: 'edits',
    setup(given) {
      for (const file of new Set(edits.map((edit) => edit.file)))
        given.onLoad({ filter: endingWith(file) }, async ({ path }): Promise<OnLoadResult> => {
          const text = await readFile(path, 'utf8')
          const own = edits.filter((edit) => edit.file === file)
          return { contents: own.reduce(edited, text), loader: 'ts' }
        })
    },
  }
}

function endingWith(file: string): RegExp {
  return new RegExp(`/protocol/src/${file.replaceAll('.', String.raw`\.`)}$`)
}

function edited(text: string, { file, from, to }: Edit): string {
  const [before, after, ...more] = text.split(from)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`packages/protocol/src/${file} does not have this text exactly once: ${from}`)
  return before + to + after
}
