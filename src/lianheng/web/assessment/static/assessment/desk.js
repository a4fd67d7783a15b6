// Saves the form quietly while it is being filled. Without script the buttons do the same.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const state = document.getElementById("saved");
  let timer = 0, busy = false, again = false;

  const mark = (errors) => {
    for (const box of form.querySelectorAll("[data-field]")) {
      const text = errors[box.dataset.field];
      box.classList.toggle("has-error", Boolean(text));
      box.querySelector(":scope > .error")?.remove();
      if (text) box.prepend(Object.assign(document.createElement("p"), { className: "error", textContent: text }));
    }
  };

  const save = async () => {
    if (busy) { again = true; return; }
    busy = true;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const told = await answer.json();
      mark(told.errors || {});
      if (answer.ok) {
        form.elements.revision.value = told.revision;
        state.textContent = `已存 ${told.saved}`;
        const count = document.querySelector("[data-missing]");
        if (count) count.textContent = told.missing ? `还缺 ${told.missing} 项` : "要填的都填了";
        document.querySelector("[data-missing-list]")?.remove();
      } else {
        state.textContent = told.message || "还没有存：标红的地方要改";
      }
    } catch {
      state.textContent = "没有连上，还没有存；您填的还在这一页上";
    }
    busy = false;
    if (again) { again = false; save(); }
  };

  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  });
  // A button waits for the quiet save under way, else it would meet the revision that this save makes.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!busy) return;
    event.preventDefault();
    again = false;
    const button = event.submitter;
    const wait = setInterval(() => {
      if (busy) return;
      clearInterval(wait);
      form.requestSubmit(button);
    }, 50);
  });
})();
