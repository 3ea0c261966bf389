"""Runs a pipeline on this machine: takes the shell steps out of a workflow of GitHub Actions or a GitLab CI file, and
runs them in their order, with the variables set. What a step uploads is copied to a folder of artefacts. Of GitHub's
actions only checkout (the repository is there already) and upload-artifact are known; another one is an error. Each
job gets a clone of the repository. Only what the files under test use of the two languages is known."""

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], None: ["bash", "-e", "-c"]}


class Run:
    """What a pipeline did: whether it passed, the names of its steps or jobs that ran, and what they printed."""

    def __init__(self, artefacts):
        self.passed, self.ran, self.failed, self.log, self.artefacts = True, [], [], "", Path(artefacts)

    def shell(self, name, command, folder, env):
        """Runs a step, and says whether it passed."""
        self.ran.append(name)
        done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log += f"--- {name}\n{done.stdout}"
        if done.returncode:
            self.passed = False
            self.failed.append(name)
        return done.returncode == 0

    def keep(self, name, patterns, folder):
        """Copies what is uploaded. Returns the number of files."""
        found = [file for pattern in patterns for file in Path(folder).glob(pattern)]
        for file in found:
            target = self.artefacts / name / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        return len(found)


def evaluate(expression, context, passed):
    """The value of an expression of GitHub Actions: names, texts, ==, !=, &&, ||, () and always()."""
    tokens = re.findall(r"'[^']*'|[\w.-]+(?:\(\))?|==|!=|&&|\|\||[()]|\s+", expression)
    if "".join(tokens) != expression:
        raise SystemExit(f"the runner does not know this expression: {expression}")
    operators = {"&&": " and ", "||": " or "}

    def python(token):
        if token in operators:
            return operators[token]
        if token == "always()":
            return "True"
        return token if re.match(r"'|==|!=|[()]|\s", token) else repr(look_up(token, context))

    value = eval("".join(map(python, tokens)), {"__builtins__": {}})  # of names, texts and operators alone
    return value if "always()" in expression or passed is None else passed and value


def look_up(name, context):
    value = context
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value


def filled(value, context):
    """A value with its expressions filled in, as a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda m: str(evaluate(m[1], context, None)), str(value))


@contextlib.contextmanager
def clone(repository):
    """A clone of a repository, which is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", repository, folder], check=True)
        yield folder


class GitHub:
    """A workflow in a repository, for one event."""

    def __init__(self, repository, artefacts, env, github, inputs=None, variables=None, secrets=None):
        self.repository, self.env, self.run = repository, dict(env), Run(artefacts)
        self.context = {"github": github, "inputs": inputs or {}, "vars": variables or {}, "secrets": secrets or {}}

    def workflow(self, path):
        workflow = yaml.safe_load((self.repository / path).read_text())
        self.env.update({k: filled(v, self.context) for k, v in workflow.get("env", {}).items()})
        for name, job in workflow["jobs"].items():
            if evaluate(job.get("if", "always()"), self.context, True):
                self.run.ran.append(name)
                with clone(self.repository) as self.folder:
                    self.steps(job["steps"], self.context)
        return self.run

    def steps(self, steps, context):
        context = dict(context, steps={})
        for step in steps:
            if not evaluate(step.get("if", "'yes'"), context, self.run.passed):
                continue
            arguments = {k: filled(v, context) for k, v in step.get("with", {}).items()}
            if "run" in step:
                self.shell(step, context)
            elif step["uses"].startswith("./"):
                action = yaml.safe_load((self.folder / step["uses"] / "action.yml").read_text())
                self.action(action, arguments, context)
            elif re.fullmatch(r"actions/upload-artifact@[0-9a-f]{40}", step["uses"]):
                kept = self.run.keep(arguments["name"], arguments["path"].split("\n"), self.folder)
                if not kept and arguments.get("if-no-files-found") == "error":
                    self.run.passed = False
            elif not re.fullmatch(r"actions/checkout@[0-9a-f]{40}", step["uses"]):
                raise SystemExit(f"the runner does not know this action: {step['uses']}")

    def action(self, action, arguments, context):
        inputs = {name: filled(i.get("default", ""), context) for name, i in action["inputs"].items()}
        missing = [n for n, i in action["inputs"].items() if i.get("required") and n not in arguments]
        if missing or arguments.keys() - inputs.keys():
            raise SystemExit(f"inputs: missing {missing}, unknown {arguments.keys() - inputs.keys()}")
        # An action sees its inputs, and neither variables nor secrets.
        self.steps(action["runs"]["steps"], {"github": context["github"], "inputs": inputs | arguments})

    def shell(self, step, context):
        with tempfile.TemporaryDirectory() as folder:
            output, path = Path(folder, "output"), Path(folder, "path")
            output.touch(), path.touch()
            env = self.env | {k: filled(v, context) for k, v in step.get("env", {}).items()}
            env |= {"GITHUB_OUTPUT": str(output), "GITHUB_PATH": str(path)}
            command = SHELLS[step.get("shell")] + [filled(step["run"], context)]
            self.run.shell(step["name"], command, self.folder, env)
            lines = [line.split("=", 1) for line in output.read_text().splitlines()]
            context["steps"][step.get("id")] = {"outputs": dict(lines)}
            self.env["PATH"] = ":".join([*path.read_text().split(), self.env["PATH"]])


def gitlab(repository, artefacts, env, variables, shell):
    """A GitLab pipeline with these variables, in a shell that the image may have (sh or bash)."""
    run = Run(artefacts)
    pipeline = yaml.safe_load((repository / ".gitlab-ci.yml").read_text())

    def applies(rules):
        for rule in rules:
            match = re.fullmatch(r'\$(\w+)(?: == "([^"]*)")?', rule["if"])
            value = variables.get(match[1], "")
            if value == match[2] if match[2] is not None else value:
                return True
        return False

    if not applies(pipeline["workflow"]["rules"]):
        return run
    for stage in pipeline["stages"]:
        for name, job in pipeline.items():
            if not isinstance(job, dict) or job.get("stage") != stage or not applies(job["rules"]):
                continue
            if not run.passed:
                continue
            given = {k: str(v) for k, v in (pipeline["variables"] | job.get("variables", {})).items()}
            script = "\n".join(pipeline["default"]["before_script"] + job["script"])
            artifacts = job.get("artifacts", {})
            with clone(repository) as folder:
                # A job gets what earlier jobs kept.
                for kept in run.artefacts.glob("*/"):
                    shutil.copytree(kept, folder, dirs_exist_ok=True)
                passed = run.shell(name, [shell, "-e", "-c", script], folder, dict(env) | given | variables)
                if passed or artifacts.get("when") == "always":
                    run.keep(name, artifacts.get("paths", []), folder)
    return run
