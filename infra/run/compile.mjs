import { runQuietly, root, tool } from './child.mjs'
import { buildPages } from './pages.mjs'

/** Compiles the changes since the last time, and the console's pages; prints nothing unless it fails. */
const { code, output } = await runQuietly(...tool('typescript/bin/tsc', ['-b']))
if (code !== 0) console.log(output)
process.exitCode = code === 0 ? await buildPages(root) : code
