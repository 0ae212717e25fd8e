using System.Text.Json;

namespace Sim.Tests.Vectors;

/// <summary>Reads the vector files of tests/Vectors and of every folder named in SIM_VECTORS (a path list).</summary>
internal static class VectorFiles
{
    /// <summary>One NUnit case per vector, named <c>kind/id</c>, with the case, its fixtures and the kind.</summary>
    /// <param name="kind">File name without extension, such as <c>envoy-priority-load</c>.</param>
    public static IEnumerable<TestCaseData> Cases(string kind)
    {
        bool any = false;
        foreach (string file in Files(kind))
        {
            JsonElement root = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            string stated = root.TryGetProperty("kind", out JsonElement k) ? k.GetString()!
                : root.GetProperty("schema").GetString()!.Split('/')[0];
            if (stated != kind && "envoy-" + stated != kind && "istio-" + stated != kind)
            {
                throw new InvalidDataException($"{file} states kind {stated}, not {kind}");
            }

            JsonElement fixtures = root.TryGetProperty("fixtures", out JsonElement f) ? f : default;
            foreach (JsonElement c in root.GetProperty("cases").EnumerateArray())
            {
                any = true;
                yield return new TestCaseData(new VectorCase(c, fixtures))
                    .SetArgDisplayNames(kind + "/" + c.GetProperty("id").GetString())
                    .SetCategory("Vectors");
            }
        }

        if (!any)
        {
            throw new InvalidDataException("no vectors of kind " + kind);
        }
    }

    private static IEnumerable<string> Files(string kind)
    {
        yield return Path.Combine(RepositoryPaths.Root, "tests", "Vectors", kind + ".json");
        foreach (string folder in ExtraFolders.Of("SIM_VECTORS"))
        {
            string file = Path.Combine(folder, kind + ".json");
            if (File.Exists(file))
            {
                yield return file;
            }
        }
    }
}

/// <summary>One vector.</summary>
/// <param name="Case">The case object.</param>
/// <param name="Fixtures">Named inputs of its file; undefined when the file has none.</param>
internal sealed record VectorCase(JsonElement Case, JsonElement Fixtures);
