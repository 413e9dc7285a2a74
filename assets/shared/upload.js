// A file on its way to the server, with its progress, which fetch() does not tell; faults are told
// apart as those of every call (calls.js).
import { Refused, Unreachable } from './calls.js';

/** @param {string} text @returns {any} what the server said; null where that is no JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {string} address @param {string} mark what the server demands of every write
 * @param {File | FormData} body
 * @param {{progress?: (share: number) => void, signal?: AbortSignal}} [about] The share sent is 0 to 1.
 * @returns {Promise<any>} The server's answer. It throws Unreachable, Refused, or the signal's reason.
 */
export const upload = (address, mark, body, { progress, signal } = {}) =>
  new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    request.setRequestHeader('X-Getu', mark);
    if (body instanceof File) request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) progress?.(e.loaded / e.total);
    };
    request.onload = () => {
      const said = parsed(request.responseText);
      if (request.status >= 502) failed(new Unreachable(`HTTP ${request.status}`));
      else if (request.status >= 400) failed(new Refused(request.status, said));
      else done(said);
    };
    request.onerror = () => failed(new Unreachable(address));
    request.onabort = () => failed(signal?.reason);
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
