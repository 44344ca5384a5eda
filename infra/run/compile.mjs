import { copyAssets } from './assets.mjs'
import { bundlePackages } from './bundle.mjs'
import { runQuietly, root, tool } from './child.mjs'
import { buildPages } from './pages.mjs'

/** Compiles the changes since the last time, bundles packages, and builds the console's pages; prints nothing unless it fails. */
const { code, output } = await runQuietly(...tool('typescript/bin/tsc', ['-b']))
if (code !== 0) console.log(output)
process.exitCode =
  code || (await bundlePackages(root)) || (await buildPages(root)) || (await copyAssets(root))
