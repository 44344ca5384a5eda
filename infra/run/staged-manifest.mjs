/** Members of a package.json that only its folder in this repository needs. */
const OWN = ['files', 'scripts', 'devDependencies']
/** Members of a private package that a published one carries. */
const CARRIED = ['name', 'version', 'license', 'type', 'exports', 'imports', 'dependencies']
/** Conditions that only this repository sets: they lead to files that are not published. */
const OWN_CONDITIONS = ['source', 'freshet-simulation']

/** Returns the package.json of a package that users import, without the members of this repository. */
export function libraryManifest(manifest) {
  return without(membersOf(manifest), OWN_CONDITIONS)
}

/**
 * Returns the package.json of a package that carries private packages of this repository in its tarball. It depends on
 * all that they depend on, so npm installs nothing below them. It has no types: they would lead to theirs.
 */
export function carrierManifest(manifest, carried) {
  const own = carried.map((each) => each.name)
  const wanted = [manifest, ...carried].flatMap(({ dependencies = {} }) =>
    Object.entries(dependencies),
  )
  return {
    ...membersOf(manifest),
    exports: exportsOf(manifest),
    dependencies: oneOfEach(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    bundleDependencies: own.toSorted(),
  }
}

/** Returns the package.json of a private package in the tarball of a published one. */
export function carriedManifest(manifest) {
  const kept = Object.entries(manifest).filter(([member]) => CARRIED.includes(member))
  return without(Object.fromEntries(kept), [...OWN_CONDITIONS, 'types'])
}

function membersOf(manifest) {
  return Object.fromEntries(Object.entries(manifest).filter(([member]) => !OWN.includes(member)))
}

/** A program has no entries: its exports are for this repository. */
function exportsOf({ bin, exports }) {
  if (bin !== undefined) return { './package.json': './package.json' }
  return without(exports, [...OWN_CONDITIONS, 'types'])
}

function oneOfEach(wanted) {
  const found = {}
  for (const [name, version] of wanted) {
    if (found[name] !== undefined && found[name] !== version)
      throw new Error(`${name} is wanted as ${found[name]} and as ${version}.`)
    found[name] = version
  }
  return found
}

function without(value, conditions) {
  if (typeof value !== 'object' || Array.isArray(value)) return value
  const kept = Object.entries(value).filter(([name]) => !conditions.includes(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, without(inner, conditions)]))
}
