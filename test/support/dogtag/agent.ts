/** What an agent does at the TPS's own pages, by the REST interface behind them. */
import { inMachine, runInMachine } from './machine.js';
import { administrator, host, httpsPort, labPassword } from './names.js';
import { existsSync } from 'node:fs';

/** As the TPS's REST interface names them. */
export type TokenStatus =
  | 'ACTIVE'
  | 'DAMAGED'
  | 'FORMATTED'
  | 'PERM_LOST'
  | 'SUSPENDED'
  | 'TEMP_LOST_PERM_LOST'
  | 'TERMINATED'
  | 'UNFORMATTED';

const key = '/root/agent.pem';

async function call(method: string, path: string, body?: object): Promise<unknown> {
  if (!existsSync(inMachine(key)))
    await runInMachine([
      ...['openssl', 'pkcs12', '-in', administrator, '-passin', `pass:${labPassword}`, '-nodes', '-out', key],
    ]);
  const output = await runInMachine(
    [
      ...['curl', '--silent', '--show-error', '--insecure', '--cert', key, '--write-out', '\n%{http_code}'],
      ...['--request', method, '--header', 'Accept: application/json'],
      ...(body === undefined ? [] : ['--header', 'Content-Type: application/json', '--data', '@-']),
      `https://${host}:${httpsPort}/tps/rest/${path}`,
    ],
    body === undefined ? '' : JSON.stringify(body),
  );
  const [, answer = '', code = ''] = /^([^]*)\n(\d+)$/.exec(output) ?? [];
  if (!code.startsWith('2')) throw new Error(`the TPS answers ${code}: ${answer}`);
  return answer === '' ? undefined : JSON.parse(answer);
}

/** @throws Error with the TPS's answer, such as for a change that it does not allow */
export async function setTokenStatus(cuid: string, status: TokenStatus): Promise<void> {
  await call('POST', `tokens/${cuid}?status=${status}`);
}

/** @param policy such as `RE_ENROLL=NO;RENEW=YES` */
export async function setTokenPolicy(cuid: string, policy: string): Promise<void> {
  const { TokenID, UserID } = (await call('GET', `tokens/${cuid}`)) as { TokenID: string; UserID: string };
  await call('PATCH', `tokens/${cuid}`, { TokenID, UserID, Policy: policy });
}

/** Says whose a card is that is formatted and not enrolled yet. */
export async function assignToken(cuid: string, user: string): Promise<void> {
  await call('PATCH', `tokens/${cuid}`, { TokenID: cuid, UserID: user });
}
