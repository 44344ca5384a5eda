import type { HeldTokenJson, SubjectViewJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { CopyAs } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import { useIsOperator } from '../shell/session.tsx'
import { ChangeList } from './change-list.tsx'
import { SubjectState } from './subject-state.tsx'
import { TokenPreview } from './token-preview.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

const AGAIN_MS = 5_000

const TOKENS: readonly Column<HeldTokenJson>[] = [
  { name: 'Token', cell: ({ jti }) => <Id id={jti} href={placeOf('/explain', { token: jti })} /> },
  { name: 'Status', cell: ({ stale }) => <Badge word={stale === null ? 'not-marked' : 'stale'} /> },
  {
    name: 'By',
    cell: ({ stale }) =>
      stale && <a href={placeOf('/explain', { change: stale.change })}>{stale.reason}</a>,
  },
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Client', cell: ({ client }) => client },
  { name: 'Claims', cell: ({ claims }) => claims.join(', ') },
  {
    name: 'Judged by',
    cell: ({ issuer }) => (issuer === undefined ? 'position' : `time, of ${issuer}`),
  },
  { name: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} />, isTime: true },
]

interface Props {
  readonly sub: string
  readonly tenant: string
  readonly iss: string
}

/** The claims of a subject now, its outstanding tokens, and its latest changes. */
export function SubjectSection({ sub, tenant, iss }: Props): JSX.Element {
  const isOperator = useIsOperator()
  const base = `/v1/subjects/${encodeURIComponent(sub)}`
  const query = new URLSearchParams({ tenant, iss }).toString()
  const path = `${base}?${query}`
  const answer = useAnswer<SubjectViewJson>(path, AGAIN_MS)
  return (
    <section class="card">
      <div class="section-head">
        <h2>{sub}</h2>
        <span class="quiet">
          {tenant} · {iss}
        </span>
      </div>
      <SubjectState path={`${base}/state?${query}`} />
      {isOperator && <TokenPreview sub={sub} tenant={tenant} iss={iss} />}
      <Answered answer={answer} what="the subject">
        {({ changes, tokens }) => (
          <>
            <h3>Outstanding tokens</h3>
            <Table
              caption="Outstanding tokens"
              columns={TOKENS}
              rows={tokens}
              keyOf={({ issuer = '', jti }) => `${issuer} ${jti}`}
              empty="No token of this subject is outstanding."
            />
            <h3>Latest changes</h3>
            <ChangeList
              changes={changes}
              empty="No change of this subject is kept in this tenant."
            />
            <CopyAs
              cli={`subject get ${quoted(sub)} --tenant ${quoted(tenant)} --iss ${quoted(iss)}`}
              path={path}
            />
          </>
        )}
      </Answered>
    </section>
  )
}
