// The Timesheets API, called with the session's access token.

const BASE = "/api";

export class ApiError extends Error {
  constructor(status, message, fields = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  timesheets() {
    return this.#send("GET", "/timesheets");
  }

  create(timesheet) {
    return this.#send("POST", "/timesheets", timesheet);
  }

  remove(id) {
    return this.#send("DELETE", `/timesheets/${id}`);
  }

  approvals() {
    return this.#send("GET", "/approvals");
  }

  approve(id) {
    return this.#send("PUT", `/approvals/${id}`);
  }

  async #send(method, path, body) {
    let response = await this.#once(method, path, body);
    if (response.status === 401) {
      await this.#session.renew();
      response = await this.#once(method, path, body);
    }
    if (response.status === 204) return null;
    const said = await response.json().catch(() => ({}));
    if (response.ok) return said;
    if (response.status === 400) throw new ApiError(400, "Please look at the marked fields.", said);
    if (response.status === 403) throw new ApiError(403, "The API refuses: your token does not carry the permission for this.");
    if (response.status === 404) throw new ApiError(404, "This entry is not there any more.");
    throw new ApiError(response.status, `The API answered ${response.status}.`);
  }

  async #once(method, path, body) {
    const headers = { Accept: "application/json", Authorization: `Bearer ${await this.#session.accessToken()}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(BASE + path, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
    } catch {
      throw new ApiError(0, "The API does not answer.");
    }
  }
}
