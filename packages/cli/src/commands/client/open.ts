import { Argument, type Command } from '@commander-js/extra-typings'
import { consoleAccess, findStack } from '../../context.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../../output/format.ts'
import type { Shell } from '../../shell.ts'

/** The pages of the console, by their names. */
const PAGES = [
  'overview',
  'explain',
  'edges',
  'live',
  'quarantine',
  'slos',
  'registry',
  'audit',
] as const

/** `freshet open`: the console in a browser. */
export function addOpenCommand(program: Command, shell: Shell): void {
  program
    .command('open')
    .description('open the console in a browser, by $BROWSER or the browser of the system')
    .addArgument(new Argument('[page]', 'page of the console').choices(PAGES).default('overview'))
    .option('--print', 'print the address; open nothing')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (page, { print, output }) => {
      const { url } = await consoleAccess(shell)
      const at = new URL(page === 'overview' ? '/' : `/${page}`, url).href
      await show(shell, output, { data: { url: at }, text: () => at })
      if (print === true) return
      const { openInBrowser } = await import('../../browser/open-in-browser.ts')
      const { writeLoginFile } = await import('../../browser/open-in-browser.ts')
      const found = await findStack(shell)
      const opened = found ? await writeLoginFile(found, at) : at
      await openInBrowser(opened, shell.env)
    })
}
