using Godwit.Engine;

namespace Godwit.Cli.Output;

/// <summary>Shows a person or a script how a migration goes.</summary>
internal interface IProgressView : IDisposable
{
    /// <summary>Shows where it stands; called several times a second.</summary>
    void Show(MigrationProgress progress);

    /// <summary>Says something that is to stay readable.</summary>
    void Say(string message);
}
