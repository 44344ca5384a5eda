/** A software bill of materials in the form of CycloneDX, as far as the test reads it. */
export interface Bill {
  readonly bomFormat: string
  readonly specVersion: string
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
}

interface Component {
  readonly 'bom-ref': string
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl: string
}

/** Returns each fault of a bill, as one sentence: what a scanner needs to find a component and its users. */
export function billFaults(bill: Bill): readonly string[] {
  const all = [bill.metadata.component, ...bill.components]
  const refs = all.map((each) => each['bom-ref'])
  const known = new Set(refs)
  const wanted = bill.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn])
  return [
    ...(bill.bomFormat === 'CycloneDX' ? [] : [`has the form ${bill.bomFormat}`]),
    ...(/^1\.[4-9]$/.test(bill.specVersion) ? [] : [`has the version ${bill.specVersion}`]),
    ...all
      .filter(({ purl, name, version }) => purl !== purlOf(name, version))
      .map(({ name }) => `${name} has no package URL`),
    ...refs.filter((ref, at) => refs.indexOf(ref) !== at).map((ref) => `${ref} is there twice`),
    ...[...new Set(wanted)]
      .filter((ref) => !known.has(ref))
      .map((ref) => `${ref} is used and absent`),
  ]
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
