using System.CommandLine;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim packs</c>: the scenarios at hand.</summary>
internal static class PacksCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("packs", "List the scenarios of a folder, with the variants of each.");
        Argument<string?> folder = new("DIR")
        {
            Description = "Folder of scenario folders (scenarios, or those that came with the program).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        command.Arguments.Add(folder);
        command.SetAction(parsed => Execute(host, PackFolder.Find(parsed.GetValue(folder))));
        ExamplesHelp.Attach(command, "meshsim packs", "meshsim packs ../more-scenarios");
        return command;
    }

    private static int Execute(CliHost host, string folder)
    {
        if (!Directory.Exists(folder))
        {
            host.Error.WriteLine($"meshsim: {folder}: no such folder; name one that holds scenario folders");
            return ExitCodes.Usage;
        }

        IReadOnlyList<string> packs = PackFolder.Packs(folder);
        foreach (string pack in packs)
        {
            Describe(host, pack.Replace('\\', '/'));
        }

        if (packs.Count == 0)
        {
            host.Error.WriteLine($"meshsim: {folder}: no folder in it has a {PackFolder.ScenarioFile}");
        }

        return ExitCodes.Ok;
    }

    private static void Describe(CliHost host, string pack)
    {
        string path = Path.Combine(pack, PackFolder.ScenarioFile);
        YamlMapping? spec = null;
        try
        {
            DiagnosticBag ignored = new();
            IReadOnlyList<YamlNode> documents = YamlReader.Read(File.ReadAllText(path), path, ignored);
            spec = documents.Count > 0 && documents[0] is YamlMapping root ? root["spec"] as YamlMapping : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            host.Error.WriteLine($"meshsim: {path}: {e.Message}");
        }

        host.Out.WriteLine($"{pack}  {(spec?["description"] as YamlScalar)?.Value}".TrimEnd());
        foreach (YamlNode variant in (spec?["variants"] as YamlSequence)?.Items ?? [])
        {
            if (variant is YamlMapping map && map["name"] is YamlScalar name)
            {
                string text = (map["description"] as YamlScalar)?.Value ?? "";
                host.Out.WriteLine($"  --variant {name.Value}  {text}".TrimEnd());
            }
        }
    }
}
