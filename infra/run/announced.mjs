import { changesetFaults, unannounced } from './changesets.mjs'
import { root } from './child.mjs'
import { readApiHashes, readChangesets, readManifests, readReleased } from './release-files.mjs'

/**
 * Fails if the stored exports of a package differ from those of the last version, and no changeset announces this to
 * users. It reads files alone, so it needs neither tags nor history. Another folder than this repository can be given.
 */
const folder = process.argv[2] ?? root
const changesets = await readChangesets(folder)
const { version, hashes: released } = await readReleased(folder)
const present = await readApiHashes(folder)
const workspaces = Object.values(await readManifests(folder)).map(({ name }) => name)

const faults = [
  ...changesetFaults(changesets, workspaces),
  ...unannounced({ released, present, changesets }).map(
    (name) =>
      `The exports of ${name} differ from version ${version}, and no changeset announces this. Run npx changeset, and commit the file that it writes.`,
  ),
]
for (const fault of faults) console.log(fault)
if (faults.length > 0) process.exitCode = 1
