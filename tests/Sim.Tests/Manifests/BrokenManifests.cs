using System.Text.Json;
using Sim.Manifests.Admission;
using Sim.Tests.Oracle;

namespace Sim.Tests.Manifests;

/// <summary>Manifests that are broken on purpose, named.</summary>
internal static class BrokenManifests
{
    /// <summary>A good VirtualService to break.</summary>
    public const string Good = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: a, namespace: bank, labels: {app: "a"}}
        spec:
          hosts: [a.example.com]
          http:
          - match: &m
            - uri: {prefix: "/x"}
              headers: {x-a: {exact: "b"}}
            route:
            - destination: {host: a, port: {number: 80}, subset: v1}
              weight: 10
            - destination: {host: b}
              weight: 90
            timeout: 5s
            retries: {attempts: 2, retryOn: "5xx,reset"}
          - match: *m
            redirect: {uri: /y}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: d}
        spec:
          replicas: 2
          selector: {matchLabels: {app: d}}
          template:
            metadata: {labels: {app: d}}
            spec:
              containers:
              - {name: c, image: "nginx:1", ports: [{containerPort: 80, name: http}]}
        """;

    private const string Head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n";

    /// <summary>Texts that no reader should trust.</summary>
    public static IEnumerable<(string Name, string Text)> Hostile()
    {
        IEnumerable<string> levels = Enumerable.Range(0, 12).Select(i =>
        {
            string list = string.Join(',', Enumerable.Repeat("*" + (char)('a' + i), 10));
            return $"{(char)('b' + i)}: &{(char)('b' + i)} [{list}]\n";
        });
        yield return ("alias-bomb", "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(levels));
        yield return ("alias-to-itself", "a: &a [*a]\n");
        yield return ("alias-unknown", Head + "  x: *nobody\n");
        yield return ("depth-flow", new string('[', 5000));
        yield return ("depth-flow-closed", new string('[', 500) + new string(']', 500));
        yield return ("depth-block", string.Concat(Enumerable.Range(0, 300).Select(i => new string(' ', i) + "a:\n")));
        yield return ("binary", string.Concat(Enumerable.Range(0, 256).Select(i => (char)i)));
        yield return ("nul", Head + "  x: \0\n");
        yield return ("lone-surrogate", Head + "  x: \ud800\n  y: \"\\ud800\"\n: {\n");
        yield return ("tab-indent", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n");
        yield return ("unclosed-quote", Head + "  x: \"abc\n");
        yield return ("unclosed-flow", Head + "  x: {a: [b\n");
        yield return ("bad-escape", Head + "  x: \"\\q\"\n");
        yield return ("bad-tag", Head + "  x: !<tag\n");
        yield return ("list-as-key", "? [a, b]\n: c\n");
        yield return ("map-as-key", "? {a: b}\n: c\n");
        yield return ("scalar-document", "just text\n");
        yield return ("number-document", "42\n");
        yield return ("list-document", "- a\n- b\n");
        yield return ("directive", "%YAML 9.9\n---\n%%%\n");
        yield return ("merge-of-text", "a: {<<: text}\nkind: X\napiVersion: v1\n");
        yield return ("empty-kind", "apiVersion: v1\nkind: ''\nmetadata: {name: a}\n");
        yield return ("kind-list", "apiVersion: v1\nkind: [a]\nmetadata: {name: a}\n");
        yield return ("kind-map", "apiVersion: {a: b}\nkind: {a: b}\nmetadata: {name: a}\n");
        yield return ("metadata-text", "apiVersion: v1\nkind: Service\nmetadata: text\n");
        yield return ("metadata-list", "apiVersion: v1\nkind: Service\nmetadata: [a]\n");
        yield return ("name-list", "apiVersion: v1\nkind: Service\nmetadata: {name: [a]}\n");
        yield return ("labels-list", "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: [a]}\n");
        yield return ("list-of-lists", "apiVersion: v1\nkind: List\nitems: [[a], text, null, 3]\n");
        yield return ("list-in-list", string.Concat(Enumerable.Repeat("{apiVersion: v1, kind: List, items: [", 20))
                                      + string.Concat(Enumerable.Repeat("]}", 20)));
        yield return ("huge-integer", Service("port: 99999999999999999999999999"));
        yield return ("huge-hex", Service("port: 0x" + new string('f', 70)));
        yield return ("infinite-port", Service("port: .inf"));
        yield return ("nan-port", Service("port: .nan"));
        yield return ("date-port", Service("port: 2026-01-01"));
        yield return ("empty-port", Service("port: ''"));
        yield return ("long-name", "apiVersion: v1\nkind: Service\nmetadata: {name: " + new string('a', 100_000)
            + "}\n");
        yield return ("version-slashes", "apiVersion: a/b/c\nkind: Service\nmetadata: {name: a}\n");
        yield return ("name-percent", "apiVersion: v1\nkind: Service\nmetadata: {name: 'a%b'}\n");
        yield return ("name-dots", "apiVersion: v1\nkind: Service\nmetadata: {name: '..'}\n");
    }

    /// <summary>Recorded manifests that the real software refuses in strict mode.</summary>
    public static IEnumerable<(string Name, string Text)> Refused()
    {
        HashSet<string> notYet = NotYet.List("tests/Oracle/admission/not-yet.txt");
        foreach (string file in OracleFiles.Files("admission", "*.json"))
        {
            JsonElement root = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            foreach (JsonElement c in root.GetProperty("cases").EnumerateArray())
            {
                string id = c.GetProperty("id").GetString()!;
                if (c.TryGetProperty("outcome", out JsonElement o) && !notYet.Contains(id) && id != "raw-comment-only"
                    && !o.GetProperty("strict").GetProperty("stored").GetBoolean())
                {
                    yield return (id, c.GetProperty("yaml").GetString()!);
                }
            }
        }
    }

    /// <summary>For a kind: one document per field, with that field broken in one way.</summary>
    public static IEnumerable<(string Path, string Text)> PerField(
        string apiVersion, string kind, CrdField root, Func<CrdField, string?> broken)
    {
        foreach ((string path, string spec) in Walk(root.Child("spec")!, "spec", broken))
        {
            yield return (path, $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n");
        }
    }

    private static string Service(string port) =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec:\n  ports:\n  - {port}\n";

    private static IEnumerable<(string Path, string Value)> Walk(
        CrdField field, string path, Func<CrdField, string?> broken)
    {
        if (broken(field) is { } value)
        {
            yield return (path, value);
        }

        foreach (CrdField child in field.Children)
        {
            string childPath = child.Name switch { "[]" => path + "[0]", "{}" => path + ".k", _ => path + "."
                + child.Name };
            foreach ((string deeper, string inner) in Walk(child, childPath, broken))
            {
                string wrapped = child.Name switch
                {
                    "[]" => $"[{inner}]",
                    "{}" => $"{{k: {inner}}}",
                    _ => $"{{{child.Name}: {inner}}}",
                };
                yield return (deeper, wrapped);
            }
        }
    }
}
