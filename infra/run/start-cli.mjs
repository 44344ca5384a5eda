import { root } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

/**
 * Goes on as `freshet VERB …` in this same process, so that signals, exit code and output are
 * those of the command without anybody in between.
 */
export async function startCli(verb) {
  await ensureBuilt()
  process.argv.splice(1, 1, `${root}packages/cli/bin/freshet.js`, verb)
  await import(process.argv[1])
}
