/** A tenant's issuing authority signs its devices: the platform, not the request, says who the certificate is for. */
import {X509Certificate} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {isDeviceId, isTenantId} from '../domain/ids.js';
import {deviceUrn, isGeneration} from './device-urn.js';
import {
  BACKDATE_MS,
  type CertificateContent,
  DAY_MS,
  endEntityExtensions,
  issue,
  type KeyedCertificate,
  newSerialHex,
  pemOf,
  wholeSecond,
} from './issue.js';
import {checkCertificateRequest} from './request.js';
import {validityFault, validityOf} from './validity.js';
import {ExtendedKeyUsage, ExtendedKeyUsageExtension, SubjectAlternativeNameExtension} from './x509.js';

export const DEVICE_DAYS_MIN = 30;
export const DEVICE_DAYS_MAX = 397;

export interface DeviceRequest {
  readonly requestPem: string;
  readonly tenant: string;
  readonly device: string;
  readonly generation: string;
  /** Its request may name anything: something else said which device it is. */
  readonly anyName?: boolean | undefined;
  readonly nowMs: number;
  /** 30 to 397. */
  readonly days: number;
}

export interface DeviceCertificate {
  readonly certificatePem: string;
  /** The certificate and then its issuer's: what the device presents. */
  readonly chainPem: string;
  /** Lower case, without leading zeros. */
  readonly serialHex: string;
  readonly notBeforeMs: number;
  /** Never after the issuing authority's own end. */
  readonly notAfterMs: number;
  /** SHA-256 of the DER, lower case, without colons. */
  readonly fingerprintHex: string;
}

/**
 * Signs a device's key as `CN={device},O={tenant}` with the alternative name `urn:iotctl:{tenant}:{device}:{generation}`, for
 * client authentication. Throws `IOT_CERTIFICATE_REFUSED` for a request that `checkCertificateRequest` refuses and when the
 * issuing authority is not valid, `IOT_INPUT_INVALID` for a life outside of 30 to 397 days.
 */
export async function signDeviceRequest(
  issuer: KeyedCertificate,
  request: DeviceRequest,
): Promise<DeviceCertificate> {
  const content = await contentOf(request, new X509Certificate(issuer.certificatePem));
  const certificate = await issue(issuer, content);
  const certificatePem = pemOf(certificate);
  return {
    certificatePem,
    chainPem: certificatePem + issuer.certificatePem,
    serialHex: content.serialHex,
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    fingerprintHex: new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

async function contentOf(request: DeviceRequest, issuer: X509Certificate): Promise<CertificateContent> {
  const {tenant, device, generation, nowMs} = request;
  checkLife(request.days, issuer, nowMs);
  if (!isTenantId(tenant) || !isDeviceId(device) || !isGeneration(generation)) {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `no certificate can be for device ${device} of tenant ${tenant}`,
    );
  }
  return {
    subject: {commonName: device, organization: tenant},
    publicKey: await checkCertificateRequest(request.requestPem, request.anyName ? undefined : device),
    serialHex: newSerialHex(),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: Math.min(wholeSecond(nowMs + request.days * DAY_MS).getTime(), validityOf(issuer).notAfterMs),
    extensions: [
      ...endEntityExtensions(),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([{type: 'url', value: deviceUrn({tenant, device, generation})}]),
    ],
  };
}

function checkLife(days: number, issuer: X509Certificate, nowMs: number): void {
  if (!(days >= DEVICE_DAYS_MIN && days <= DEVICE_DAYS_MAX)) {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `a device certificate lasts ${DEVICE_DAYS_MIN} to ${DEVICE_DAYS_MAX} days, not ${days}`,
    );
  }
  const fault = validityFault(issuer, nowMs);
  if (fault !== undefined)
    throw new IotctlError('IOT_CERTIFICATE_REFUSED', `the issuing authority is ${fault}`);
}
