// What was typed outlives a session that ends under an open form: kept in this window alone while one logs in again.
(() => {
  const KEY = "lianheng.draft";
  const person = document.querySelector("[data-person]")?.dataset.person;
  const fields = (form) => [...form.elements].filter((field) => field.name
    && !["hidden", "password", "file", "submit", "button"].includes(field.type));
  const isChanged = (field) => field.options
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
  const addressOf = (form) => new URL(form.getAttribute("action") || "", location.href).pathname;

  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  // A reset password is followed by one's own, and a new role perhaps by the second factor, before the page comes back.
  const DOORS = ["/login/", "/me/password/", "/me/second-factor/"];
  const cameFromLogIn = document.referrer && DOORS.some((door) => new URL(document.referrer).pathname.startsWith(door));
  // The page that tells of a form grown stale has no script; its link says that the draft is wanted.
  const isWanted = location.hash === "#draft";
  const draft = kept && (cameFromLogIn || isWanted) ? JSON.parse(kept) : null;
  if (draft && draft.person === person) restore(draft);

  function restore(draft) {
    const form = [...document.querySelectorAll("form[method=post]")].find((other) => addressOf(other) === draft.action);
    if (!form) return;
    for (const field of fields(form)) {
      const typed = draft.fields.find(([name, value]) => name === field.name
        && (field.type !== "radio" && field.type !== "checkbox" || value[0] === field.value));
      if (!typed) continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = typed[1][1];
      else field.value = typed[1];
    }
    const note = "刚才没有存上的内容已经放回表里，还没有存。请核对后再提交；文件要重新选。";
    const shown = Object.assign(document.createElement("p"), { className: "notice notice-warn", textContent: note });
    form.prepend(shown);
    shown.scrollIntoView({ block: "center" });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post") return;
    // A form that came back with errors shows what was typed before: all of it is unsaved.
    const unsaved = document.querySelector("main .has-error, main .notice-error");
    const typed = fields(form).filter((field) => unsaved || isChanged(field)).map((field) => [
      field.name, ["checkbox", "radio"].includes(field.type) ? [field.value, field.checked] : field.value]);
    if (!typed.length) return;
    sessionStorage.setItem(KEY, JSON.stringify({ person, action: addressOf(form), fields: typed }));
  });
})();
