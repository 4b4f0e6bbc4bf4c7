/** Would this platform let a device in by its certificate? The same check that the gateway makes, here with its reason. */
import type {AuthorityView} from '../../client/authority-api.js';
import {checkDeviceCertificate} from '../../pki/device-check.js';
import {readCertificates} from '../../pki/read.js';
import {readRevocationList} from '../../pki/read-revocation-list.js';
import {type Check, failed, ok} from './check.js';

export interface DeviceCertificateQuestion {
  /** PEM: the device's own first, then what it sends beside it. */
  readonly certificatePem: string;
  readonly tenant: string;
  /** Whose it ought to be. */
  readonly device?: string | undefined;
  readonly authorities: readonly AuthorityView[];
  /** PEM of the tenant's list of revoked certificates. */
  readonly revocationList: string;
  readonly nowMs: number;
}

const NAME = 'device certificate';

export function checkDevice(question: DeviceCertificateQuestion): Check {
  const {certificatePem, tenant, device, authorities, nowMs} = question;
  const [leaf, ...chain] = readCertificates(certificatePem);
  if (!leaf) return failed(NAME, 'malformed: there is no certificate in it');
  const revoked = revokedSerials(question);
  const verdict = checkDeviceCertificate({
    leafDer: leaf.raw,
    chainDer: chain.map(({raw}) => raw),
    authorities: authorities
      .filter(({state}) => state === 'active')
      .map(({id, certificate: pem, kind}) => ({id, certificatePem: pem, tenant, kind})),
    isRevoked: serial => revoked.has(serial),
    nowMs,
  });
  if (!verdict.ok) return failed(NAME, `${verdict.reason}: ${verdict.detail}`);
  if (device !== undefined && verdict.device !== device)
    return failed(NAME, `wrong-name: it is of device ${verdict.device}, not of ${device}`);
  const until = new Date(verdict.notAfterMs).toISOString();
  return ok(NAME, `of device ${verdict.device} in tenant ${verdict.tenant}, until ${until}`);
}

function revokedSerials({authorities, revocationList}: DeviceCertificateQuestion): ReadonlySet<string> {
  const issuing = authorities.findLast(({kind}) => kind === 'issuing');
  if (!issuing) return new Set();
  const {revoked} = readRevocationList(revocationList, issuing.certificate);
  return new Set(revoked.map(({serialHex}) => serialHex));
}
