import type { RegistryAnswer, RegistryDocumentAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { useCopy } from '../copy/use-copy.ts'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import { VersionPicker } from './version-picker.tsx'

/** The file of the version in force, or of another published one. It is asked for once it is opened. */
export function RegistryFile({
  version: inForce,
  versions,
}: Pick<RegistryAnswer, 'version' | 'versions'>): JSX.Element {
  const [picked, setPicked] = useState<string>()
  const [isOpen, setOpen] = useState(false)
  const version = picked ?? String(inForce)
  const numbers = [...new Set([String(inForce), ...versions.map((each) => String(each.version))])]
  return (
    <section class="card registry-file">
      <h2>File</h2>
      <div class="filters">
        <VersionPicker {...{ label: 'Version', value: version, numbers }} onPick={setPicked} />
      </div>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Version {version} as JSON</summary>
        {isOpen && <Document path={placeOf('/v1/registry/document', { version })} />}
      </details>
    </section>
  )
}

function Document({ path }: { readonly path: string }): JSX.Element {
  const answer = useAnswer<RegistryDocumentAnswer>(path, 'once')
  return (
    <>
      <Answered answer={answer} what="the file">
        {({ document, hidden }) => (
          <Text text={JSON.stringify(document, null, 2)} hidden={hidden} />
        )}
      </Answered>
      <CopyAs path={path} />
    </>
  )
}

interface TextProps extends Pick<RegistryDocumentAnswer, 'hidden'> {
  readonly text: string
}

function Text({ text, hidden }: TextProps): JSX.Element {
  const [outcome, copy] = useCopy(text)
  return (
    <>
      {hidden.length > 0 && (
        <p class="quiet">
          The hashes of the clients’ secrets are left out. The hash of the version covers them, too.
        </p>
      )}
      <button type="button" class="small" onClick={copy} aria-live="polite">
        {outcome === undefined && 'Copy the file'}
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'Copying is not allowed'}
      </button>
      <pre tabIndex={0} role="region" aria-label="The registry as JSON">
        {text}
      </pre>
    </>
  )
}
