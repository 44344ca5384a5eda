import type { RegistryAnswer, TokenPreviewJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { CopyAs } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { Time } from '../parts/time.tsx'

type Claim = TokenPreviewJson['claims'][number]

const COLUMNS: readonly Column<Claim>[] = [
  { name: 'Claim', cell: ({ claim }) => claim },
  { name: 'Values', cell: ({ values }) => values?.map(String).join(', ') || '–', isText: true },
  { name: 'In the token', cell: ({ isCarried }) => (isCarried ? 'yes' : 'no') },
  { name: 'Status', cell: ({ status }) => <Badge word={status} /> },
  { name: 'Reason', cell: reasonOf, isText: true },
]

interface Props {
  readonly sub: string
  readonly tenant: string
  readonly iss: string
}

/** A dry run of a mint for an audience that an operator selects. It issues nothing. */
export function TokenPreview(props: Props): JSX.Element {
  const registry = useAnswer<RegistryAnswer>('/v1/registry')
  const [audience, setAudience] = useState('')
  const names = registry.data?.audiences.map((each) => each.audience) ?? []
  return (
    <>
      <h3>Token preview</h3>
      <label>
        What would be minted for audience{' '}
        <select value={audience} onChange={(event) => setAudience(event.currentTarget.value)}>
          <option value="">select an audience</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {audience !== '' && <Preview {...props} audience={audience} key={audience} />}
    </>
  )
}

function Preview({ sub, tenant, iss, audience }: Props & { readonly audience: string }) {
  const query = new URLSearchParams({ tenant, iss, audience }).toString()
  const path = `/v1/subjects/${encodeURIComponent(sub)}/preview?${query}`
  const answer = useAnswer<TokenPreviewJson>(path)
  const named = `--audience ${quoted(audience)} --tenant ${quoted(tenant)} --iss ${quoted(iss)}`
  return (
    <Answered answer={answer} what="the preview">
      {(preview) => (
        <>
          <p role="status">
            <Outcome of={preview} />
          </p>
          <Table
            caption="Claims of the token"
            columns={COLUMNS}
            rows={preview.claims}
            keyOf={({ claim }) => claim}
            empty="The audience has no claims."
          />
          <CopyAs cli={`subject preview ${quoted(sub)} ${named}`} path={path} />
        </>
      )}
    </Answered>
  )
}

function Outcome({ of: preview }: { readonly of: TokenPreviewJson }): JSX.Element {
  const { refusal, expiresAt, policyVersion } = preview
  if (refusal !== null)
    return (
      <>
        <Badge word="refused" tone="bad" /> {refusal.detail} (<code>{refusal.code}</code>)
      </>
    )
  return (
    <>
      <Badge word="minted" tone="ok" /> A token would be minted by policy version {policyVersion}
      {expiresAt !== null && (
        <>
          , and expire <Time at={expiresAt} />
        </>
      )}
      . Nothing was issued.
    </>
  )
}

function reasonOf({ omitted, silentSource, status }: Claim): string {
  if (omitted === 'over') return 'too large'
  if (silentSource !== undefined) return `${silentSource} is silent`
  return status === 'doubt' ? 'in doubt' : '–'
}
